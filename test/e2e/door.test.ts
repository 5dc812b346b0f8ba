import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, logRefusals } from './a-scene.ts';
import { aHome, evictionOf, type Home, type RunOptions } from './run.ts';

let home: Home;
let sandbox: TestSandbox;
beforeAll(async () => {
  [home, sandbox] = await Promise.all([aHome(), aSandbox()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** Evicts a client that knocks again a few times a second, whatever it is told. */
async function evict(clientId: string, words: readonly string[], options?: RunOptions) {
  await using client = await aConnectedClient(sandbox, { clientId, comesBackAfterMs: 300 });
  const always = ['--config', sandbox.config, '--events', client.events, '--yes', '--json'];
  const ended = await home.run([clientId, ...always, ...words], options);
  const { stderr, code } = ended;
  return { stderr, code, document: evictionOf(ended) };
}

const EVICTED = { verdict: 'evicted', contained: 'yes' };
const codesOf = ({ warnings }: { warnings: readonly { code: string }[] }) => warnings.map(({ code }) => code);

describe('the door of a deactivated certificate', () => {
  it('is quiet, and no more, where the account does not have refused connections logged', async () => {
    const { code, document } = await evict('unlogged', ['--hold', '2s']);
    expect({ code, ...document }).toMatchObject({
      code: 0,
      ...EVICTED,
      hold: { completed: true, bounced: null, door: 'quiet' },
    });
    expect(codesOf(document)).not.toContain('refusals-unknown');
  });

  it('is shut where they are logged, as soon as the hold has seen one', async () => {
    await logRefusals(sandbox);
    const { code, document } = await evict('logged', ['--hold', '3s']);
    expect({ code, ...document }).toMatchObject({
      code: 0,
      ...EVICTED,
      hold: { completed: true, door: 'shut' },
    });
    expect(document.hold?.bounced).toBeGreaterThan(0);
    expect(document.hold?.quietSeconds).toBeGreaterThanOrEqual(3);
  });

  it('is not known to be shut where the log cannot be read: a warning, and the response goes on', async () => {
    await logRefusals(sandbox);
    const { id } = sandbox.faults.add({ fault: 'throttle', operation: 'FilterLogEvents' });
    const { code, document } = await evict('unreadable', ['--hold', '2s']);
    sandbox.faults.remove(id);
    expect({ code, ...document }).toMatchObject({
      code: 0,
      ...EVICTED,
      hold: { bounced: null, door: 'quiet' },
    });
    expect(codesOf(document)).toContain('refusals-unknown');
  });

  it('proved shut ends the hold early, and that is said', async () => {
    await logRefusals(sandbox);
    const { code, document, stderr } = await evict('proved', ['--hold', '3m'], { timeoutMs: 100_000 });
    expect({ code, ...document }).toMatchObject({
      code: 0,
      ...EVICTED,
      hold: { requestedSeconds: 180, completed: true, returns: [], door: 'shut' },
    });
    const { quietSeconds = 0, bounced } = document.hold ?? {};
    expect(quietSeconds).toBeGreaterThanOrEqual(30);
    expect(quietSeconds).toBeLessThan(180);
    expect(bounced).toBeGreaterThanOrEqual(3);
    expect(stderr).toMatch(/quiet for .*, and over early: the door is shut \(\d+ attempts seen refused\)/u);
  }, 120_000);
});
