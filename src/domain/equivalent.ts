import type { Change } from './change.ts';
import { whyNotInPath } from './client-id.ts';
import { UNPRINTABLE, isPrintable } from './printable.ts';
import type { CommandContext } from './readings.ts';
import type { EvictionRequest } from './request.ts';

/** The `aws` commands that do by hand what the plan would do: nobody is stuck because of this tool. */
export function equivalentCommands(
  { clientId, method, keepSession, publishWill }: EvictionRequest,
  changes: readonly Change[],
  context: CommandContext,
): string[] {
  const flags = [
    ...(keepSession ? [] : ['--clean-session']),
    ...(publishWill || method === 'takeover' ? [] : ['--prevent-will-message']),
  ];
  // The nearest that the CLI has to a takeover.
  const kick = ['iot-data', 'delete-connection', ...nameWords('client-id', clientId), ...flags];
  const kicks = method !== 'none' && whyNotInPath(clientId) === undefined;
  return [...changeCommands(changes, context), ...(kicks ? [command(kick, context)] : [])];
}

/** The one kick that tells who a client is: will suppressed, session kept. Its `disconnected` event names the principal. */
export function identifyingCommand(clientId: string, context: CommandContext): string {
  const words = [
    'iot-data',
    'delete-connection',
    ...nameWords('client-id', clientId),
    '--prevent-will-message',
  ];
  return command(words, context);
}

/** The `aws` command that shows the certificate. */
export function certificateCommand(certificateId: string, context: CommandContext): string {
  return command(['iot', 'describe-certificate', '--certificate-id', certificateId], context);
}

/** The `aws` command that shows the principals of the thing that is named like the client. */
export function thingCommand(clientId: string, context: CommandContext): string {
  return command(['iot', 'list-thing-principals', ...nameWords('thing-name', clientId)], context);
}

/** The equals sign keeps an ID like "--help" a value; an ID like "file:///etc/passwd" the CLI would read from that file. */
function nameWords(option: 'client-id' | 'thing-name', name: string): string[] {
  if (!/^(fileb?|https?):\/\//iu.test(name)) return [`--${option}=${name}`];
  const member = option === 'client-id' ? 'clientId' : 'thingName';
  return ['--cli-input-json', JSON.stringify({ [member]: name })];
}

/** The commands that carry out the given changes only: for undo, and for what is left to do. */
export function changeCommands(changes: readonly Change[], context: CommandContext): string[] {
  return changes.map((change) => command(wordsOf(change), context));
}

function wordsOf(change: Change): string[] {
  switch (change.kind) {
    case 'certificate-status':
      return [
        'iot',
        'update-certificate',
        '--certificate-id',
        change.certificateId,
        '--new-status',
        change.after,
      ];
    case 'policy-attachment':
      return [
        'iot',
        change.step === 'detach' ? 'detach-policy' : 'attach-policy',
        '--policy-name',
        change.policyName,
        '--target',
        change.target,
      ];
  }
}

function command(words: readonly string[], context: CommandContext): string {
  const { region, profile, dataEndpointUrl } = context;
  const endpointUrl = (words[0] === 'iot-data' ? dataEndpointUrl : undefined) ?? context.endpointUrl;
  const place = [
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(region === undefined ? [] : ['--region', region]),
    ...(endpointUrl === undefined ? [] : ['--endpoint-url', endpointUrl]),
  ];
  return ['aws', ...words, ...place].map(shellQuoted).join(' ');
}

/** One word for a POSIX shell; with unprintable characters in it, in the `$'…'` form of bash and zsh. */
export function shellQuoted(word: string): string {
  // A first "=" would be a command's path to zsh.
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/u.test(word)) return word;
  if (isPrintable(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = word
    .toWellFormed()
    .replaceAll(/[\\']/gu, String.raw`\$&`)
    .replaceAll(UNPRINTABLE, bytesOf);
  return `$'${escaped}'`;
}

/** As bytes, which mean the same in every locale: a `\u` escape does not. */
function bytesOf(character: string): string {
  return encodeURIComponent(character).replaceAll('%', String.raw`\x`);
}
