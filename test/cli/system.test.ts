import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/cli/system.ts';

const ended = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });

describe('a time limit', () => {
  it('ends by itself, as a timeout', async () => {
    using limit = systemClock.within(5);
    expect(await ended(limit.signal)).toMatchObject({ name: 'TimeoutError' });
  });

  it('ends with the signal that it follows, for that signal’s reason', async () => {
    const stop = new AbortController();
    using limit = systemClock.within(60_000, stop.signal);
    const reason = ended(limit.signal);
    stop.abort('stopped');
    expect(await reason).toBe('stopped');
    using late = systemClock.within(60_000, stop.signal);
    expect(late.signal.aborted).toBe(true);
  });

  it('that was disposed of never ends', async () => {
    const limit = systemClock.within(5);
    limit[Symbol.dispose]();
    await systemClock.sleep(20, new AbortController().signal);
    expect(limit.signal.aborted).toBe(false);
  });

  it('that is renewed begins anew', async () => {
    using short = systemClock.within(30);
    using long = systemClock.within(60_000);
    short.renew(60_000);
    long.renew(5);
    expect(await ended(long.signal)).toMatchObject({ name: 'TimeoutError' });
    await systemClock.sleep(50, new AbortController().signal);
    expect(short.signal.aborted).toBe(false);
  });

  it('that is over stays over, renewed or not', async () => {
    using limit = systemClock.within(1);
    const reason = await ended(limit.signal);
    limit.renew(60_000);
    expect(limit.signal.reason).toBe(reason);
  });

  // AbortSignal.timeout() within AbortSignal.any() does not survive this in Node 20: the run then has no deadline.
  it('survives the garbage collector', () => {
    const script = `
      import { main } from './dist/cli/main.js';
      setInterval(() => globalThis.gc(), 20).unref();
      const { createServer } = await import('node:http');
      const silent = createServer(() => {}).listen(0, '127.0.0.1', async () => {
        const url = 'http://127.0.0.1:' + silent.address().port;
        const words = ['a', '--principal', 'AIDAEXAMPLE', '--events', 'package.json', '--dry-run', '--timeout', '300ms'];
        await main([...words, '--deadline', '2s', '--json', '--endpoint-url', url, '--region', 'us-east-1']);
        silent.closeAllConnections();
        silent.close();
      });`;
    const env = {
      PATH: process.env['PATH'],
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      HOME: '/nowhere',
    };
    const words = ['--expose-gc', '--input-type=module', '-e', script];
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    const out = execFileSync(process.execPath, words, { env, stdio, timeout: 15_000, encoding: 'utf8' });
    expect(out).toContain('"kind":"plan"');
  });
});
