import type { ErrorDocument } from '../domain/documents.ts';
import { EvictError, messageOf } from '../domain/errors.ts';
import { printableJson } from '../domain/printable.ts';
import { EXIT_CODES, EXIT_USAGE } from '../domain/exit-codes.ts';
import { processConsole, shown, survive } from './console.ts';
import { CommanderError, buildProgram } from './program.ts';
import type { Handlers } from './program.ts';
import { route } from './route.ts';
import { VERSION } from './version.ts';

/** Runs one command line (without `node` and the script's name) and returns the exit code. The only place that catches. */
export async function main(argv: readonly string[]): Promise<number> {
  survive();
  try {
    return await run(argv);
  } catch (error) {
    return tell(error, argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined));
  }
}

/** Each command is loaded when it is needed: `evict --help` must not pay for the SDK. */
const HANDLERS: Handlers = {
  client: async (operands, flags) => (await import('./commands/client.ts')).clientCommand(operands, flags),
  undo: async (operands, flags) => (await import('./commands/undo.ts')).undoCommand(operands, flags),
  resume: async (operands, flags) => (await import('./commands/resume.ts')).resumeCommand(operands, flags),
  show: async (operands, flags) => (await import('./commands/show.ts')).showCommand(operands, flags),
  incidents: async (operands, flags) =>
    (await import('./commands/incidents.ts')).incidentsCommand(operands, flags),
  watch: async (operands, flags) => (await import('./commands/watch.ts')).watchCommand(operands, flags),
  audit: async (operands, flags) => (await import('./commands/audit.ts')).auditCommand(operands, flags),
  doctor: async (operands, flags) => (await import('./commands/doctor.ts')).doctorCommand(operands, flags),
  completion: async (operands) => (await import('./commands/completion.ts')).completionCommand(operands),
  sandbox: async (operands, flags) => (await import('./commands/sandbox.ts')).sandboxCommand(operands, flags),
  demo: async (operands, flags) => (await import('./commands/demo.ts')).demoCommand(operands, flags),
};

async function run(argv: readonly string[]): Promise<number> {
  const { command, words } = route(argv);
  let code = 0;
  const program = buildProgram(HANDLERS, (ended) => {
    code = ended;
  });
  const helpOf = command === 'help' ? [...words, '--help'] : undefined;
  await program.parseAsync(helpOf ?? (command === undefined ? words : [command, ...words]), { from: 'user' });
  return code;
}

/** One clear sentence and the next step; under `--json` the error document. A stack trace is for bugs only. */
async function tell(error: unknown, words: readonly string[]): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { code, message, hint, isBug } = explain(error, words);
  const console = processConsole({ quiet: false, color: !words.includes('--no-color') });
  const document: ErrorDocument = { version: 1, kind: 'error', toolVersion: VERSION, code, message, hint };
  if (words.includes('--json') || (await isJsonConfigured(words))) console.result(printableJson(document));
  console.complain(`evict: ${shown(message)}\n  ${shown(hint)}`);
  if (isBug && error instanceof Error && words.includes('--verbose'))
    console.complain(shown(error.stack ?? ''));
  return isBug ? EXIT_CODES.failed : EXIT_USAGE;
}

/** Loaded only now: most command lines have no mistake in them. */
async function isJsonConfigured(words: readonly string[]): Promise<boolean> {
  const settings = await import('./settings.ts');
  return settings.isJsonConfigured(words, process.env);
}

/** Where the options are told that were mistaken. */
function helpOf(words: readonly string[]): string {
  const { command } = route(words);
  return command === undefined || command === 'help' ? '--help' : `${command} --help`;
}

function explain(
  error: unknown,
  words: readonly string[],
): { code: string; message: string; hint: string; isBug: boolean } {
  if (error instanceof CommanderError) {
    const [message = '', ...suggestion] = error.message.replace(/^error: /u, '').split('\n');
    return {
      code: 'bad-usage',
      message,
      hint: [...suggestion, `see evict ${helpOf(words)}`].join(' '),
      isBug: false,
    };
  }
  if (error instanceof EvictError)
    return { code: error.code, message: error.message, hint: error.hint, isBug: error.source === 'bug' };
  const message = `this is a bug in evict: ${messageOf(error)}`;
  return { code: 'bug', message, hint: 'please report it, with what --verbose shows', isBug: true };
}
