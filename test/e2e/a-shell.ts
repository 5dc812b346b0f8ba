import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { script as terminal } from './a-terminal.ts';

/** The shells that `evict completion` has a script for. */
export type ShellName = 'bash' | 'zsh' | 'fish';

/** An interactive shell on a terminal of its own, without anybody's start-up files. */
export type Shell = AsyncDisposable & {
  /** Types a line, tabs included, and Enter; returns the words that `evict` was then called with. */
  type(line: string): Promise<string[]>;
  /** All that was shown so far. */
  screen(): string;
};

type Place = { readonly directory: string; readonly path: string; readonly script: string };

/** No answer of a shell takes longer, unless it waits for something. */
const LONGEST_MS = 20_000;

const COMMANDS: Readonly<Record<ShellName, string>> = {
  bash: 'bash --norc --noprofile -i',
  zsh: 'zsh -f -i',
  fish: 'fish --no-config -i',
};

/** Shows each call with its words; written so that the echo of this line does not look like one. */
const SHOW = (words: string) =>
  String.raw`printf '<%s>' called; printf '%s\037' ${words}; printf '</%s>\n' called`;
const CALL = /<called>(?<words>.*?)<\/called>/gsu;

/** What is typed first. On the command line `evict` only shows its words; the script asks the one on the PATH. */
const BEGINNINGS: Readonly<Record<ShellName, (script: string) => string>> = {
  bash: (script) => `source ${script}; evict() { ${SHOW('"$@"')}; }`,
  zsh: (script) => `autoload -Uz compinit; compinit -D; source ${script}; evict() { ${SHOW('"$@"')}; }`,
  fish: (script) => `source ${script}; function evict; ${SHOW('$argv')}; end`,
};

/** Starts one that has read its completion script. */
export async function aShell(name: ShellName, { directory, path, script }: Place): Promise<Shell> {
  const child = spawn(terminal?.path ?? 'script', ['-qfec', COMMANDS[name], '/dev/null'], {
    cwd: directory,
    env: { PATH: `${path}:${process.env['PATH'] ?? ''}`, HOME: directory, TERM: 'xterm' },
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin.on('error', () => {}); // a shell that ended does not read any more
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text));
  const calls = () => [...screen.matchAll(CALL)].map(({ groups }) => groups?.['words'] ?? '');
  const type = async (line: string) => {
    const before = calls().length;
    child.stdin.write(`${line}\n`);
    for (const end = Date.now() + LONGEST_MS; Date.now() < end; await delay(10)) {
      const words = calls()[before];
      if (words !== undefined) return words.split('\u001f').slice(0, -1);
    }
    throw new Error(`${name} did not answer to ${JSON.stringify(line)}:\n${screen}`);
  };
  child.stdin.write(`${BEGINNINGS[name](script)}\n`);
  await type('evict ready');
  return {
    type,
    screen: () => screen,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL'); // the terminal goes with it, and the shell with the terminal
      await ended;
    },
  };
}
