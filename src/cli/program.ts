import { Command, CommanderError, Option } from 'commander';
import { EvictError } from '../domain/errors.ts';
import { DOCTOR, INCIDENT, RESPONSE, RESUME, SHOW, UNDO } from './options.ts';
import { DEMO, SANDBOX } from './sandbox-options.ts';
import { AUDIT } from './audit-options.ts';
import { WATCH } from './watch-options.ts';
import type { OptionSpec } from './options.ts';
import { AUDIT_HELP, CHECKUP_HELP, EXIT_CODE_HELP, WATCH_HELP } from './help-texts.ts';
import { COMMANDS } from './route.ts';
import type { CommandName } from './route.ts';
import type { Flags } from './settings.ts';
import { VERSION } from './version.ts';

/** Carries a command out and returns the exit code. */
type Handler = (operands: readonly string[], flags: Flags) => Promise<number>;
export type Handlers = Readonly<Record<Exclude<CommandName, 'help'>, Handler>>;

export type CommandSpec = {
  readonly name: Exclude<CommandName, 'help'>;
  readonly operands?: string;
  readonly usage: string;
  readonly about: string;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** What else there is to know; otherwise the exit codes of a response. */
  readonly more?: string;
};

/** The whole surface on one page. */
export const SURFACE: readonly CommandSpec[] = [
  {
    name: 'client',
    operands: '[clientId]',
    usage: '<clientId> [options]',
    about:
      'find the principal behind the client, cut its access, take its client ID over, prove it gone, keep it out',
    options: RESPONSE,
    examples: [
      'evict pump-17 --dry-run                    looks in the journal and in what the account has',
      'evict pump-17 --events presence.jsonl      asks first, on a terminal',
      'evict --events presence.jsonl              picks from recent sightings, on a terminal',
      'evict pump-17 --events presence.jsonl --dry-run',
      'evict pump-17 --events presence.jsonl --yes --case INC-4711 --reason "leaked key"',
      'evict pump-17 --identify-by-kick           no event of it anywhere: a kick tells whose it is',
      'evict --events - --yes --json -- undo      a client that is named like a command',
    ],
  },
  {
    name: 'undo',
    operands: '<incident>',
    usage: '<incident> [options]',
    about: 'preview, then take back every change that an incident made, newest first',
    options: UNDO,
    examples: ['evict undo 20261122T140631Z-7f3a9c --dry-run', 'evict undo 20261122T140631Z-7f3a9c --yes'],
  },
  {
    name: 'resume',
    operands: '<incident>',
    usage: '<incident> [options]',
    about: 'go on with a run that was interrupted, in its own record',
    options: RESUME,
    examples: ['evict resume 20261122T140631Z-7f3a9c --yes'],
  },
  {
    name: 'show',
    operands: '<incident>',
    usage: '<incident> [options]',
    about: 'the record of an incident, entry by entry; <incident> is an ID or a record file',
    options: SHOW,
    examples: ['evict show 20261122T140631Z-7f3a9c --verify'],
  },
  {
    name: 'incidents',
    usage: '[options]',
    about: 'all incidents, oldest first',
    options: INCIDENT,
    examples: ['evict incidents --json'],
  },
  {
    name: 'watch',
    usage: '[options]',
    about: 'record presence events into the local journal until stopped, for look-ups with --events journal',
    options: WATCH,
    examples: [
      'evict watch --region eu-west-1',
      'evict watch --retention 90d --quiet           as a service',
      'evict watch --json                            each event, as it was recorded',
    ],
    more: WATCH_HELP,
  },
  {
    name: 'audit',
    operands: '[clientId...]',
    usage: '[clientId…] [--from <file|->] [--all] [options]',
    about:
      'the dry run of many clients: could each be evicted, how, who else would be hit, what stands in the way',
    options: AUDIT,
    examples: [
      'evict audit pump-17 pump-18 --events presence.jsonl',
      'evict audit --all --events journal --json        every client that was seen',
      'evict incidents --json | evict audit --from - --events journal',
    ],
    more: AUDIT_HELP,
  },
  {
    name: 'doctor',
    usage: '[options]',
    about:
      'credentials, region, endpoints, clock, permissions, event sources, state directory, broker: what would fail, before it is needed',
    options: DOCTOR,
    examples: [
      'evict doctor --events presence.jsonl --region eu-west-1',
      'evict doctor --require-proof --json      for a monitor: exit 0 or 4',
    ],
    more: CHECKUP_HELP,
  },
  {
    name: 'completion',
    operands: '<bash|zsh|fish>',
    usage: '<bash|zsh|fish>',
    about: 'print the completion script for a shell',
    options: [],
    examples: [
      'source <(evict completion bash)                                  in ~/.bashrc',
      'source <(evict completion zsh)                                   in ~/.zshrc, after compinit',
      'evict completion fish > ~/.config/fish/completions/evict.fish',
    ],
    more: '',
  },
  {
    name: 'sandbox',
    usage: '[options]',
    about: 'an embedded AWS IoT lookalike on loopback, to try, drill and test against',
    options: SANDBOX,
    examples: [
      'evict sandbox --directory drill',
      'evict pump-17 --config drill/config.yaml --yes      in another terminal',
      'evict sandbox --fault detach-delay=6m --fault lose-events,rate=0.1',
      'evict sandbox --no-intruder --json                  for tests of your own',
      'evict sandbox --rule policies/presence-history.yaml',
    ],
  },
  {
    name: 'demo',
    usage: '[options]',
    about: 'the sandbox, a stubborn intruder and the full response, end to end',
    options: DEMO,
    examples: ['evict demo', 'evict demo --json'],
  },
];

/** Builds the parser. A usage error throws `CommanderError`; help and version print and throw it with exit code 0. */
export function buildProgram(handlers: Handlers, finish: (code: number) => void): Command {
  const program = new Command('evict')
    .usage('<clientId> [options]\n       evict <command> [options]\n       evict [options] -- <clientId>')
    .description('Evicts a hostile MQTT client from AWS IoT Core, and only says so with proof.')
    .version(VERSION, '-V, --version')
    .addHelpText('after', EXIT_CODE_HELP)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined, writeErr: () => undefined });
  for (const spec of SURFACE) addCommand(program, spec, handlers[spec.name], finish);
  program.addHelpText('after', `\nOptions of a response: evict client --help\n${examplesOf(SURFACE[0])}`);
  return program;
}

export { CommanderError };

function addCommand(
  program: Command,
  spec: CommandSpec,
  handler: Handler,
  finish: (code: number) => void,
): void {
  const command = program
    .command(`${spec.name}${spec.operands === undefined ? '' : ` ${spec.operands}`}`)
    .usage(spec.usage)
    .summary(spec.about)
    .description(spec.about)
    .allowExcessArguments(true) // refused below, with words that name them
    .helpOption('-h, --help', 'this help')
    .addHelpText('after', `${examplesOf(spec)}${spec.more ?? EXIT_CODE_HELP}`)
    .exitOverride()
    .configureOutput({ outputError: () => undefined, writeErr: () => undefined });
  for (const option of spec.options) command.addOption(optionOf(option));
  command.action(async () => {
    const [excess] = spec.operands?.includes('...')
      ? []
      : command.args.slice(spec.operands === undefined ? 0 : 1);
    if (excess !== undefined) throw unexpected(excess, command.args, spec.name);
    finish(await handler(command.args, command.opts<Flags>()));
  });
}

/** `evict plan pump-17`, where there is no such command: the first word was taken for a client. */
function unexpected(excess: string, words: readonly string[], name: CommandName): EvictError {
  const taken =
    name === 'client' ? `, since "${words[0] ?? ''}" is no command and was taken for the client` : '';
  return new EvictError('bad-usage', `unexpected "${excess}"${taken}`, {
    hint: `the commands are ${COMMANDS.join(', ')}; quote a client ID with spaces`,
  });
}

function optionOf({ name, value, short, repeatable, about }: OptionSpec): Option {
  const flag = `--${name}${value === undefined ? '' : ` <${value}>`}`;
  const option = new Option(short === undefined ? flag : `-${short}, ${flag}`, about);
  return repeatable
    ? option.argParser((next: string, before: readonly string[] | undefined) => [...(before ?? []), next])
    : option;
}

function examplesOf(spec: CommandSpec | undefined): string {
  return `\nExamples:\n${(spec?.examples ?? []).map((example) => `  ${example}`).join('\n')}\n`;
}
