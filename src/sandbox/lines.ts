import { closeSync, openSync, writeSync } from 'node:fs';
import { SandboxProblem } from './problem.ts';

/** A new file of JSON lines. */
export type Lines = Disposable & { readonly write: (value: unknown) => void };

/** Hears of a line that could not be written, as on a full disk: the file is then not what it promised to be. */
export type OnFailure = (problem: SandboxProblem) => void;

/** Opens a new file, for its owner alone, that nobody else has made. */
export function openLines(path: string, onFailure: OnFailure): Lines {
  const file = openSync(path, 'ax', 0o600);
  return {
    // At once, so that another process that saw the effect also finds the line.
    write: (value) => {
      try {
        writeSync(file, `${JSON.stringify(value)}\n`);
      } catch (error) {
        onFailure(
          new SandboxProblem(`${path} cannot be written any more: ${String(error)}`, { cause: error }),
        );
      }
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}
