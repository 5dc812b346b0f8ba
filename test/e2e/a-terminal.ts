import xterm from '@xterm/headless';
import { spawn } from 'node:child_process';
import { shellQuoted } from '../../src/domain/equivalent.ts';
import { findTool } from './a-tool.ts';
import { BIN, environmentAt, type Home } from './run.ts';

/** util-linux's `script` gives a program a real pseudo-terminal; the screen is what a terminal emulator makes of the bytes. */
export const script = findTool('script');

const LONGEST_MS = 25_000;
const SCROLLBACK = 2_000;

export type TerminalOptions = {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Told of all that the program prints, as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Put after the command: a shell's redirection, say. */
  readonly redirected?: string;
};

const KEYS = {
  enter: '\r',
  up: '\u001b[A',
  down: '\u001b[B',
  space: ' ',
  tab: '\t',
  escape: '\u001b',
  backspace: '\u007f',
  'ctrl-c': '\u0003',
  'ctrl-d': '\u0004',
} as const;

/** A run of the bin at a terminal, and the person before it. */
export type AtTerminal = AsyncDisposable & {
  /** The screen as it is seen now, line by line. */
  screen(): string[];
  /** All that is on the screen or was scrolled away, with lines that were only wrapped made whole again. */
  text(): string;
  /** All bytes as they came. */
  raw(): string;
  /** What followed each ESC: what was sent to the terminal beside text. */
  sequences(): string[];
  /** Resolves once the text is there, wherever its lines are broken; throws if the run ends without it. */
  until(text: string): Promise<void>;
  /** Resolves once the screen, and what was scrolled away, is as wanted. */
  untilSeen(fits: (text: string) => boolean, what: string): Promise<void>;
  type(text: string): void;
  press(...keys: (keyof typeof KEYS)[]): void;
  /** Types a line. */
  enter(line: string): void;
  /** Moves to the option of a list that has the text, and takes it. */
  choose(option: string): Promise<void>;
  /** Moves to the option of a checklist that has the text, and checks it, or no more. */
  toggle(option: string): Promise<void>;
  /** The person presses Ctrl-D, and the terminal reads no more. */
  endInput(): void;
  /** The terminal's window is closed. */
  hangUp(): void;
  /** Whether the cursor is to be seen. */
  cursorShown(): boolean;
  /** The exit code. */
  readonly ended: Promise<number | null>;
};

/** Runs the real bin at a terminal of its own. */
export function atTerminal(
  home: Home,
  args: readonly string[],
  { columns = 80, rows = 40, env = {}, redirected = '', onOutput }: TerminalOptions = {},
): AtTerminal {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: SCROLLBACK,
    allowProposedApi: true,
  });
  const words = [process.execPath, BIN, ...args].map(shellQuoted).join(' ');
  const command = `stty sane cols ${columns} rows ${rows}; exec ${words} ${redirected}`;
  const child = spawn(script?.path ?? 'script', ['-qfec', command, '/dev/null'], {
    cwd: home.directory,
    env: { ...environmentAt(home.directory), TERM: 'xterm-256color', SHELL: '/bin/bash', ...env },
  });
  let raw = '';
  let over = false;
  const waiting = new Set<() => void>();
  const look = () => {
    for (const one of waiting) one();
  };
  child.stdin.on('error', () => {}); // it may be gone by the time that something is typed
  child.stdout.setEncoding('utf8').on('data', (bytes: string) => {
    raw += bytes;
    onOutput?.(bytes);
    terminal.write(bytes, look);
  });
  terminal.onData((answer) => child.stdin.write(answer));
  const tooLong = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(tooLong);
      terminal.write('', () => {
        over = true;
        look();
        resolve(code);
      });
    });
  });
  const text = () => wholeLines(terminal).join('\n');
  const untilSeen = (fits: (seen: string) => boolean, what: string) =>
    new Promise<void>((resolve, reject) => {
      const see = () => {
        const seen = fits(text());
        if (!seen && !over) return;
        waiting.delete(see);
        if (seen) resolve();
        else reject(new Error(`it ended without ${what}:\n${text()}`));
      };
      waiting.add(see);
      see();
    });
  const screen = () => rowsOf(terminal);
  const until = (wanted: string) => untilSeen((seen) => flat(seen).includes(flat(wanted)), `"${wanted}"`);
  const write = (bytes: string) => void child.stdin.write(bytes);
  /** Where pointer and option are in the list below the question that stands, and not in what was printed before it. */
  const inList = (option: string) => {
    const rows = screen();
    const list = rows.slice(rows.findLastIndex((row) => row.startsWith('?')) + 1);
    const at = list.findLastIndex((row) => row.startsWith('❯'));
    return { at, wanted: list.findLastIndex((row) => row.includes(option)) };
  };
  const moveTo = async (option: string) => {
    await untilSeen(() => isWhole(inList(option)), `a list with "${option}"`);
    for (;;) {
      const { at, wanted } = inList(option);
      if (at === wanted) return;
      write(KEYS[at < wanted ? 'down' : 'up']);
      await untilSeen(() => isWhole(inList(option)) && inList(option).at !== at, 'a pointer that moves');
    }
  };
  return {
    ended,
    screen,
    text,
    raw: () => raw,
    sequences: () => raw.split('\u001b').slice(1),
    until,
    untilSeen,
    type: write,
    press: (...keys) => keys.forEach((key) => write(KEYS[key])),
    enter: (line) => write(`${line}${KEYS.enter}`),
    choose: async (option) => {
      await moveTo(option);
      write(KEYS.enter);
    },
    toggle: async (option) => {
      await moveTo(option);
      write(KEYS.space);
    },
    endInput: () => void child.stdin.end(),
    hangUp: () => void child.kill('SIGKILL'),
    cursorShown: () => raw.lastIndexOf('\u001b[?25h') >= raw.lastIndexOf('\u001b[?25l'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      terminal.dispose();
    },
  };
}

/** Not just being drawn anew. */
function isWhole({ at, wanted }: { readonly at: number; readonly wanted: number }): boolean {
  return at >= 0 && wanted >= 0;
}

/** Without the breaks that a narrow terminal makes. */
function flat(text: string): string {
  return text.replaceAll(/\s/gu, '');
}

function rowsOf({ buffer: { active }, rows }: xterm.Terminal): string[] {
  return Array.from(
    { length: rows },
    (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
  );
}

function wholeLines({ buffer: { active } }: xterm.Terminal): string[] {
  const whole: string[] = [];
  for (let row = 0; row < active.length; row += 1) {
    const line = active.getLine(row);
    // What is wrapped goes to the last column, and a space there is a space.
    const text = line?.translateToString(active.getLine(row + 1)?.isWrapped !== true) ?? '';
    if (line?.isWrapped) whole.push((whole.pop() ?? '') + text);
    else whole.push(text);
  }
  return whole;
}
