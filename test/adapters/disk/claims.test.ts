import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { claimsIn } from '../../../src/adapters/disk/claims.ts';
import { systemClock } from '../../../src/cli/system.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const CLAIMANT = fileURLToPath(new URL('a-claimant.ts', import.meta.url));
const never = new AbortController().signal;
const SUBJECT = '["123456789012","eu-west-1","pump-17"]';

type Claimant = AsyncDisposable & {
  readonly child: ChildProcess;
  /** `claimed` or `refused`. */
  readonly said: Promise<string>;
  /** Ends it, gracefully or not at all. */
  end(how: 'let-go' | 'SIGKILL'): Promise<void>;
};

/** Another process that claims, and holds its claim until it is ended. */
function aClaimant(directory: string, subject = SUBJECT): Claimant {
  const child = spawn(process.execPath, ['--import', 'tsx', CLAIMANT, directory, subject], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const said = once(child.stdout, 'data').then(([bytes]) => String(bytes).trim());
  const end = async (how: 'let-go' | 'SIGKILL') => {
    if (how === 'let-go') child.stdin.end();
    else child.kill('SIGKILL');
    await exited;
  };
  return { child, said, end, [Symbol.asyncDispose]: () => end('SIGKILL') };
}

const millisecondsOf = async (act: () => Promise<unknown>) => {
  const started = Date.now();
  await act();
  return Date.now() - started;
};

describe('a claim', () => {
  it('is one at a time, and free again as soon as it is let go of', async () => {
    await using directory = await temporaryDirectory();
    const claims = claimsIn(directory.path, systemClock);
    const first = await claims.claim(SUBJECT, never);
    expect(first).toBeDefined();
    const second = claims.claim(SUBJECT, never); // waits
    await first?.[Symbol.asyncDispose]();
    expect(await second).toBeDefined();
    await (await second)?.[Symbol.asyncDispose]();
  });

  it('says so when it was lost to a standstill, and then has nothing to let go of', async () => {
    await using directory = await temporaryDirectory();
    const claim = await claimsIn(directory.path, systemClock).claim(SUBJECT, never);
    const lost = new Promise((resolve) => claim?.lost.addEventListener('abort', resolve, { once: true }));
    const [lock = ''] = await readdir(join(directory.path, 'claims'));
    await rm(join(directory.path, 'claims', lock), { recursive: true }); // as the one does who takes a stale claim
    await lost;
    expect(claim?.lost.reason).toMatchObject({ code: 'claim-lost' });
    await expect(claim?.[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });

  it('is refused while another process holds it, after a wait that is no longer than a killed one would need', async () => {
    await using directory = await temporaryDirectory();
    await using other = aClaimant(directory.path);
    expect(await other.said).toBe('claimed');
    const waited = await millisecondsOf(async () => {
      expect(await claimsIn(directory.path, systemClock).claim(SUBJECT, never)).toBeUndefined();
    });
    expect(waited).toBeGreaterThan(3_000);
    expect(waited).toBeLessThan(15_000);
  });

  it('goes to whoever waits, once the other process has let go of it', async () => {
    await using directory = await temporaryDirectory();
    await using other = aClaimant(directory.path);
    expect(await other.said).toBe('claimed');
    const waiting = claimsIn(directory.path, systemClock).claim(SUBJECT, never);
    await other.end('let-go');
    const claim = await waiting;
    expect(claim).toBeDefined();
    await using third = aClaimant(directory.path);
    expect(await third.said).toBe('refused');
    await claim?.[Symbol.asyncDispose]();
  });

  it('becomes free after its holder was killed', async () => {
    await using directory = await temporaryDirectory();
    await using other = aClaimant(directory.path);
    expect(await other.said).toBe('claimed');
    await other.end('SIGKILL');
    const claim = await claimsIn(directory.path, systemClock).claim(SUBJECT, never);
    expect(claim).toBeDefined();
    await claim?.[Symbol.asyncDispose]();
  });

  it('stays with its holder for longer than a killed one would keep it', async () => {
    await using directory = await temporaryDirectory();
    const claims = claimsIn(directory.path, systemClock);
    const claim = await claims.claim(SUBJECT, never);
    for (const _ of [1, 2]) {
      await using other = aClaimant(directory.path);
      expect(await other.said).toBe('refused');
    }
    await claim?.[Symbol.asyncDispose]();
  });

  it('is of one client of one account and region, and of one state directory', async () => {
    await using directory = await temporaryDirectory();
    await using elsewhere = await temporaryDirectory();
    const claims = claimsIn(directory.path, systemClock);
    const all = await Promise.all([
      claims.claim(SUBJECT, never),
      claims.claim(SUBJECT.replace('pump-17', 'Pump-17'), never),
      claims.claim(SUBJECT.replace('eu-west-1', 'us-east-1'), never),
      claimsIn(elsewhere.path, systemClock).claim(SUBJECT, never),
    ]);
    expect(all.filter((one) => one === undefined)).toEqual([]);
    for (const one of all) await one?.[Symbol.asyncDispose]();
  });

  it.each(['../../escape', 'a/b', '\0', '.', 'x'.repeat(10_000), '💥'])(
    'of a hostile subject (%#) is a file of its own below the state directory, and nothing else',
    async (subject) => {
      await using directory = await temporaryDirectory();
      const claim = await claimsIn(directory.path, systemClock).claim(subject, never);
      expect(await readdir(directory.path)).toEqual(['claims']);
      const names = await readdir(join(directory.path, 'claims'));
      expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.lock$/u)]);
      expect((await stat(join(directory.path, 'claims'))).mode & 0o777).toBe(0o700);
      await claim?.[Symbol.asyncDispose]();
      expect(await readdir(join(directory.path, 'claims'))).toEqual([]);
    },
  );

  it('ends its wait with the signal', async () => {
    await using directory = await temporaryDirectory();
    const claim = await claimsIn(directory.path, systemClock).claim(SUBJECT, never);
    const stop = new AbortController();
    const waiting = claimsIn(directory.path, systemClock).claim(SUBJECT, stop.signal);
    stop.abort(new Error('Ctrl-C'));
    const waited = await millisecondsOf(async () => {
      expect(await waiting).toBeUndefined();
      expect(await claimsIn(directory.path, systemClock).claim(SUBJECT, stop.signal)).toBeUndefined();
    });
    expect(waited).toBeLessThan(2_000); // another second, and it would have given up by itself
    await claim?.[Symbol.asyncDispose]();
  });

  it('that cannot be made says where, and what to do', async () => {
    await using directory = await temporaryDirectory();
    const place = join(directory.path, 'a-file');
    await writeFile(place, '');
    await expect(claimsIn(place, systemClock).claim(SUBJECT, never)).rejects.toMatchObject({
      code: 'state-dir-unusable',
      message: expect.stringContaining(place),
      hint: expect.stringContaining('--state-dir'),
    });
    const taken = join(directory.path, 'taken');
    await mkdir(taken);
    await writeFile(join(taken, 'claims'), '');
    await expect(claimsIn(taken, systemClock).claim(SUBJECT, never)).rejects.toMatchObject({
      code: 'state-dir-unusable',
    });
  });
});
