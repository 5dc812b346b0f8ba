import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient } from './a-scene.ts';
import { atTerminal, script } from './a-terminal.ts';
import { describeWith } from './describe-with.ts';
import { aHome, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** The countdown as it was seen: how many seconds were left, and how many returns it told of. */
function seen(raw: string): { left: number; returns: number }[] {
  return [...raw.matchAll(/(\d+):(\d\d) left of unbroken quiet, (no|\d+) return/gu)].map(
    ([, minutes, seconds, returns]) => ({
      left: Number(minutes) * 60 + Number(seconds),
      returns: returns === 'no' ? 0 : Number(returns),
    }),
  );
}

describeWith('the line that moves', [['bsdutils', script]], () => {
  it('counts the hold down, shows each return as it happens, and begins anew with it', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'stubborn', comesBackAfterMs: 1_500 });
    sandbox.faults.add({ fault: 'deactivation-delay', ms: 3_500, client: 'stubborn' });
    const words = ['stubborn', '--config', sandbox.config, '--events', client.events];
    await using terminal = atTerminal(home, [...words, '--yes', '--hold', '5s']);
    await terminal.until('✓ verify    proved gone'); // said at once, and the hold is still to come
    await terminal.until('left of unbroken quiet, no return');
    expect(terminal.screen().findLast((row) => row !== '')).toMatch(
      /hold      0:0\d left of unbroken quiet/u,
    );
    await terminal.until('· event     connected stubborn, principal ' + client.identity.certificateId);
    await terminal.until('1 return retaken');
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toContain('✓ hold      quiet for 5 s');
    expect(terminal.text()).not.toContain('left of unbroken quiet');

    const line = seen(terminal.raw());
    const before = line.filter(({ returns }) => returns === 0).map(({ left }) => left);
    const after = line.filter(({ returns }) => returns > 0).map(({ left }) => left);
    expect(before).toEqual(before.toSorted((one, two) => two - one));
    expect(before.at(-1)).toBeLessThan(5);
    expect(after[0]).toBe(5);
    expect(after.at(-1)).toBe(1);
  });

  it('says what is going on, and for how long', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'slow' });
    const { id } = sandbox.faults.add({ fault: 'event-delay', ms: 2_500 });
    const words = ['slow', '--config', sandbox.config, '--events', client.events];
    await using terminal = atTerminal(home, [...words, '--yes', '--hold', '0']);
    await terminal.until('look up   reading the sources… 0 s');
    await terminal.until('watch     waiting to hear the canary… 2 s');
    await terminal.until('verify    waiting for proof… 1 s');
    expect(terminal.cursorShown()).toBe(false);
    expect(await terminal.ended).toBe(0);
    expect(terminal.cursorShown()).toBe(true);
    expect(terminal.text()).not.toContain('… 0 s');
    sandbox.faults.remove(id);
  });

  it.each([['--quiet'], ['--verbose']])('is not there under %s', async (option) => {
    await using client = await aConnectedClient(sandbox, { clientId: `still${option}` });
    const words = [client.clientId, '--config', sandbox.config, '--events', client.events];
    await using terminal = atTerminal(home, [...words, '--yes', '--hold', '0', option]);
    expect(await terminal.ended).toBe(0);
    expect(terminal.raw()).not.toContain('\u001b[?25l');
    expect(terminal.raw()).not.toContain('waiting for proof');
  });

  it('is there under --json, whose document goes elsewhere', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'as-json' });
    const words = [client.clientId, '--config', sandbox.config, '--events', client.events, '--json'];
    await using terminal = atTerminal(home, [...words, '--yes', '--hold', '1s'], {
      redirected: '> /dev/null',
    });
    await terminal.until('left of unbroken quiet');
    expect(await terminal.ended).toBe(0);
  });
});
