import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EvictionDocument, evictionDocument } from '../../src/domain/document.ts';
import { schemaErrors, schemaOf } from './a-schema.ts';

export const BIN = fileURLToPath(new URL('../../bin/evict.js', import.meta.url));

/** No run in these tests may take longer; one that does is killed, and its exit code is null. */
const LONGEST_MS = 20_000;

/** How a run ended, with all that it said. */
export type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** A run that is going on. */
export type Running = {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Resolves, with all that was said there, as soon as stderr (or stdout) has the text; throws if the run ends without it. */
  said(text: string, where?: 'stdout' | 'stderr'): Promise<string>;
  /** By pid, and only while it lives. */
  kill(signal: NodeJS.Signals): void;
};

export type RunOptions = {
  /** Set on top of a clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is written to stdin, which is then closed; `open`: it stays open, and silent. */
  readonly stdin?: string;
  readonly timeoutMs?: number;
  /** What runs the bin, if not this Node alone: a shell that redirects its streams, say. */
  readonly through?: readonly string[];
};

/** A home of its own for each file of tests: nothing of the one who runs them is read or written. */
export type Home = AsyncDisposable & {
  readonly directory: string;
  start(args: readonly string[], options?: RunOptions): Running;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
};

/** @param bin another one than that of this checkout: an installed one, say */
export async function aHome(bin = BIN): Promise<Home> {
  const directory = await mkdtemp(join(tmpdir(), 'evict-home-'));
  const alive = new Set<Running>();
  const start = (args: readonly string[], options: RunOptions = {}): Running => {
    const running = started(directory, [bin, ...args], options);
    alive.add(running);
    void running.ended.then(() => alive.delete(running));
    return running;
  };
  return {
    directory,
    start,
    run: (args, options) => start(args, options).ended,
    [Symbol.asyncDispose]: async () => {
      for (const running of alive) running.kill('SIGKILL');
      await Promise.all([...alive].map(({ ended }) => ended));
      await rm(directory, { recursive: true });
    },
  };
}

function started(
  home: string,
  script: readonly string[],
  { env = {}, stdin = '', timeoutMs = LONGEST_MS, through = [] }: RunOptions,
): Running {
  const [command = '', ...words] = [...through, process.execPath, ...script];
  const child = spawn(command, words, {
    cwd: home,
    env: { ...environmentAt(home), ...env },
  });
  const said = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('error', () => {});
    child[name].on('data', (text: string) => {
      said[name] += text;
      for (const look of waiting) look();
    });
  }
  child.stdin.on('error', () => {}); // a run that does not read it may close it first
  if (stdin !== 'open') child.stdin.end(stdin);
  const tooLong = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(tooLong);
      resolve({ code, signal, ...said });
    });
  });
  return {
    child,
    ended,
    kill: (signal) => void child.kill(signal),
    said: async (text, where = 'stderr') => {
      const heard = new Promise<'heard'>((resolve) => {
        const look = () => {
          if (!said[where].includes(text)) return;
          waiting.delete(look);
          resolve('heard');
        };
        waiting.add(look);
        look();
      });
      const first = await Promise.race([heard, ended]);
      if (first !== 'heard') throw new Error(`it ended without saying "${text}":\n${first.stderr}`);
      return said[where];
    },
  };
}

/** A clean environment, which knows nothing of the one who runs the tests. */
export function environmentAt(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_STATE_HOME: join(home, 'xdg-state'),
    XDG_CONFIG_HOME: join(home, 'xdg-config'),
    // Otherwise the SDK would look for credentials at an address that is not loopback.
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Stdout as the one JSON document that it must be: a line of JSON, and nothing else, as the shipped schemas have it. */
export function onlyDocument({ stdout, stderr }: Ended): unknown {
  if (!/^\{[^\n]*\}\n$/u.test(stdout))
    throw new Error(`stdout is not exactly one JSON document: ${stdout}\nstderr: ${stderr}`);
  const document: unknown = JSON.parse(stdout);
  const errors = schemaErrors(schemaOf(document), document);
  if (errors.length > 0) throw new Error(`its schema says: ${errors.join('; ')}\n${stdout}`);
  return document;
}

/** The same as the contract's eviction document. */
export function evictionOf(ended: Ended): EvictionDocument {
  return evictionDocument.parse(onlyDocument(ended));
}
