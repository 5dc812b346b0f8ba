import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, connectedAs, statusOf } from './a-scene.ts';
import { aHome, evictionOf, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const run = async (events: string, ...words: string[]) => {
  const options = ['--config', sandbox.config, '--events', events, '--yes', '--json', '--hold', '0'];
  const ended = await home.run([...options, ...words]);
  return { code: ended.code, ...evictionOf(ended) };
};
const codes = (said: readonly { code: string }[]) => said.map(({ code }) => code);
const states = (remaining: readonly { clientId: string; state: string }[] = []) =>
  remaining.map(({ clientId, state }) => `${clientId} ${state}`);

/** A core with further connections, all of one certificate. */
async function aCore(name: string, ...numbers: number[]) {
  const core = await aConnectedClient(sandbox, { clientId: name });
  const { identity } = core;
  const further = await Promise.all(
    numbers.map((number) => aConnectedClient(sandbox, { clientId: `${name}#${number}`, identity })),
  );
  const { certificateId } = identity;
  return {
    events: core.events,
    certificateId,
    [Symbol.asyncDispose]: async () => {
      for (const one of [core, ...further]) await one[Symbol.asyncDispose]();
    },
  };
}

/** The words of the commands that a hint ends with, as a shell reads them. */
function commandsIn(hint = ''): string[][] {
  const script = `evict() { printf '%s\\0' "$@" END; }; ${hint.slice(hint.indexOf(': evict ') + 2)}`;
  const said = execFileSync('bash', ['--noprofile', '--norc', '-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return said
    .split('END\0')
    .slice(0, -1)
    .map((call) => call.split('\0').slice(0, -1));
}

describe('the other connections of a Greengrass core', () => {
  it('are named, are no blocker, and are evicted one by one by the commands that are given', async () => {
    await using core = await aCore('core', 2, 3);
    const planned = await run(core.events, '--dry-run', '--', 'core');
    expect(planned).toMatchObject({ verdict: 'planned', blockers: [] });
    expect(planned.blastRadius?.clients).toEqual(['core', 'core#2', 'core#3']);
    const warning = planned.warnings.find(({ code }) => code === 'greengrass-siblings');
    expect(warning?.message).toContain('"core#2" (connected), "core#3" (connected)');

    const first = await run(core.events, '--', 'core');
    expect(first).toMatchObject({
      code: 5,
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'alive-elsewhere' },
      proof: { by: 'sessionIdentifier' },
    });
    expect(states(first.remaining)).toEqual(['core#2 connected', 'core#3 connected']);

    const [second, third] = commandsIn(first.cause?.hint);
    const next = await run(core.events, ...(second ?? []));
    expect(next).toMatchObject({ clientId: 'core#2', cause: { code: 'alive-elsewhere' } });
    expect(states(next.remaining)).toEqual(['core disconnected', 'core#3 connected']);
    expect(await run(core.events, ...(third ?? []))).toMatchObject({
      code: 0,
      clientId: 'core#3',
      verdict: 'evicted',
      proof: { by: 'connection-api' },
    });
    for (const clientId of ['core', 'core#2', 'core#3']) expect(connectedAs(sandbox, clientId)).toEqual([]);
  });

  it('do not matter once AWS has dropped them, too', async () => {
    await using core = await aCore('dropped', 2);
    const { id } = sandbox.faults.add({ fault: 'drop-delay', ms: 100, client: 'dropped#2' });
    const document = await run(core.events, '--hold', '1500ms', '--', 'dropped');
    sandbox.faults.remove(id);
    expect(document).toMatchObject({ code: 0, verdict: 'evicted' });
    expect(states(document.remaining)).toEqual(['dropped#2 disconnected']);
  });

  it('that cannot be asked for are a warning', async () => {
    await using core = await aCore('unasked');
    const { id } = sandbox.faults.add({ fault: 'server-error', status: 500, client: 'unasked#3' });
    const document = await run(core.events, '--', 'unasked');
    sandbox.faults.remove(id);
    expect(document).toMatchObject({ code: 0, verdict: 'evicted' });
    expect(codes(document.warnings)).toContain('siblings-unknown');
  });

  it('have no events: the principal of the core is named', async () => {
    await using core = await aCore('known', 2);
    const document = await run(core.events, '--', 'known#2');
    expect(document).toMatchObject({ code: 3, verdict: 'not-found', contained: 'no' });
    const place = ['--events', core.events, '--config', sandbox.config];
    expect(commandsIn(document.cause?.hint)).toEqual([
      [...place, '--principal', core.certificateId, '--method', 'api', '--', 'known#2'],
    ]);
    expect(await statusOf(sandbox, core.certificateId)).toBe('ACTIVE');
  });
});

describe('a hidden client', () => {
  it('that was taken over is unverified, and the next run by API says that nobody is there', async () => {
    await using hidden = await aConnectedClient(sandbox, { clientId: 'pump#1' });
    const document = await run(hidden.events, '--', 'pump#1');
    expect(document).toMatchObject({
      code: 5,
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'cannot-prove', hint: expect.stringContaining('--method api') },
    });
    expect(document.warnings.find(({ code }) => code === 'hidden-client')?.message).toContain('--method api');
    expect(connectedAs(sandbox, 'pump#1')).toEqual([]);
    expect(await run(hidden.events, '--method', 'api', '--', 'pump#1')).toMatchObject({
      code: 0,
      verdict: 'not-connected',
    });
  });

  it('is proved gone by what GetConnection says between the call and the takeover', async () => {
    await using hidden = await aConnectedClient(sandbox, { clientId: 'a/+/b' });
    const words = ['--method', 'both', '--require-proof', '--hold', '300ms', '--', 'a/+/b'];
    expect(await run(hidden.events, ...words)).toMatchObject({
      code: 0,
      verdict: 'evicted',
      proof: { by: 'connection-api', event: { disconnectReason: 'API_INITIATED_DISCONNECT' } },
    });
    expect(await run(hidden.events, ...words)).toMatchObject({ code: 0, verdict: 'not-connected' });
  });
});
