import type { Change } from './change.ts';
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
  const kick = ['iot-data', 'delete-connection', ...clientIdWords(clientId), ...flags];
  return [...changeCommands(changes, context), ...(method === 'none' ? [] : [command(kick, context)])];
}

/** The one kick that tells who a client is: will suppressed, session kept. Its `disconnected` event names the principal. */
export function identifyingCommand(clientId: string, context: CommandContext): string {
  const words = ['iot-data', 'delete-connection', ...clientIdWords(clientId), '--prevent-will-message'];
  return command(words, context);
}

/** An `aws iot` command that only looks. */
export function lookCommand(words: readonly string[], context: CommandContext): string {
  return command(['iot', ...words], context);
}

/** The equals sign keeps an ID like "--help" a value; an ID like "file:///etc/passwd" the CLI would read from that file. */
function clientIdWords(clientId: string): string[] {
  return /^(fileb?|https?):\/\//iu.test(clientId)
    ? ['--cli-input-json', JSON.stringify({ clientId })]
    : [`--client-id=${clientId}`];
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
  if (/^[\w@%+=:,./-]+$/u.test(word)) return word;
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
