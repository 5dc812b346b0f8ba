import type { Console } from '../console.ts';
import type { TerminalKind } from './terminal.ts';

/** One answer to choose, in words for people. */
export type Option<T> = { readonly name: string; readonly value: T };

/**
 * The questions that can be asked of a person. Each ends with the signal, and with `undefined` where nobody is there to
 * answer any more: the terminal said end of file.
 */
export interface Questions {
  /** One of several; the first is the one that Enter takes. */
  choose<T>(message: string, options: readonly Option<T>[], signal: AbortSignal): Promise<T | undefined>;
  /** Some of several. */
  check<T>(question: Check<T>, signal: AbortSignal): Promise<readonly T[] | undefined>;
  /** A line, exactly as it was typed. */
  type(message: string, signal: AbortSignal): Promise<string | undefined>;
  /** One of many, found by typing a part of it. */
  search<T>(message: string, find: Find<T>, signal: AbortSignal): Promise<T | undefined>;
}

export type Check<T> = {
  readonly message: string;
  readonly options: readonly Option<T>[];
  /** What is checked to begin with. */
  readonly checked: readonly T[];
  /** Why this choice cannot be; `undefined`: it can. */
  readonly why: (chosen: readonly T[]) => string | undefined;
};

/** Those that fit the search, the best first, and how many more there are. */
export type Find<T> = (search: string) => {
  readonly options: readonly Option<T>[];
  readonly more: number;
};

/** What asking needs of its surroundings. */
export type Asking = {
  readonly console: Console;
  /** Ctrl-C was pressed at a prompt, or the terminal is gone. */
  readonly interrupt: () => void;
};

/** Loaded when there is something to ask: nobody else pays for it. */
export async function openQuestions(kind: TerminalKind, asking: Asking): Promise<Questions> {
  // A terminal that is taken away makes reading fail (EIO), perhaps when nobody asks any more.
  process.stdin.on('error', asking.interrupt);
  if (kind === 'plain') {
    const { plainQuestions } = await import('./plain.ts');
    return plainQuestions(asking);
  }
  const { menus } = await import('./menus.ts');
  return menus(asking);
}
