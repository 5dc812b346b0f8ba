import { EvictError } from '../../domain/errors.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { wordsOf } from '../completion/words.ts';
import { zshScript } from '../completion/zsh.ts';
import { processConsole, shown } from '../console.ts';
import { SURFACE } from '../program.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** `evict completion <shell>`: the script that the shell is to source. Loaded at each start of a shell: it must be cheap. */
export function completionCommand([shell]: readonly string[]): Promise<number> {
  const [, script] = Object.entries(SCRIPTS).find(([name]) => name === shell) ?? [];
  if (script === undefined)
    throw new EvictError('bad-usage', `"${shown(shell ?? '')}" is no shell that can be completed in`, {
      hint: 'give bash, zsh or fish',
    });
  processConsole({ quiet: false, color: false }).result(script(wordsOf(SURFACE)).trimEnd());
  return Promise.resolve(0);
}
