import { RESPONSE, SHOW, UNDO } from './options.ts';
import { AUDIT } from './audit-options.ts';
import { WATCH } from './watch-options.ts';
import { SANDBOX } from './sandbox-options.ts';

export const COMMANDS = [
  'client',
  'undo',
  'resume',
  'show',
  'incidents',
  'watch',
  'audit',
  'doctor',
  'completion',
  'sandbox',
  'demo',
  'help',
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Which command the words mean, and the words that are left for it. */
export type Route = { readonly command: CommandName | undefined; readonly words: readonly string[] };

/**
 * Finds the command among the words. What follows `--` is always a client: `evict -- undo`. Otherwise the first word that
 * is neither an option nor an option's value is a command if it is named like one, and a client if not. Without any, the
 * client is still to be picked.
 */
export function route(argv: readonly string[]): Route {
  const cut = argv.indexOf('--');
  const before = cut === -1 ? argv : argv.slice(0, cut);
  const first = firstOperand(before);
  const named = COMMANDS.find((name) => name === before[first ?? -1]);
  if (named !== undefined) return { command: named, words: argv.filter((_, index) => index !== first) };
  const asksAboutItself = cut === -1 && first === undefined && argv.some((word) => ABOUT_ITSELF.has(word));
  return { command: asksAboutItself ? undefined : 'client', words: argv };
}

const ABOUT_ITSELF: ReadonlySet<string> = new Set(['-h', '--help', '-V', '--version']);

function firstOperand(words: readonly string[]): number | undefined {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '-' || !word.startsWith('-')) return index;
    if (takesValue(word)) index += 1;
  }
  return undefined;
}

/** Options that take a value, `--name`: the router must step over it. */
function takesValue(flag: string): boolean {
  return [...RESPONSE, ...UNDO, ...WATCH, ...AUDIT, ...SANDBOX, ...SHOW].some(
    ({ name, value }) => `--${name}` === flag && value !== undefined,
  );
}
