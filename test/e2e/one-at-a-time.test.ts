import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, type ConnectedClient } from './a-scene.ts';
import { aHome, type Ended, evictionOf, type Home } from './run.ts';

const listed = z.object({ incident: z.string(), clientId: z.string() });

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const start = ({ clientId, events }: ConnectedClient, ...more: string[]) =>
  home.start([clientId, '--config', sandbox.config, '--events', events, '--yes', '--json', ...more]);
const IN_PROGRESS = { code: 'run-in-progress', lift: expect.stringContaining('wait until it has ended') };
const documentOf = (ended: Ended) => ({ code: ended.code, ...evictionOf(ended) });

describe('two runs at once on one client', () => {
  it('the second refuses, and leaves the first to its work', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'contested' });
    const first = start(client, '--hold', '10s');
    await first.said('✓ takeover');
    const second = documentOf(await start(client, '--hold', '0').ended);
    expect(second).toMatchObject({ code: 7, verdict: 'refused', contained: 'no', blockers: [IN_PROGRESS] });
    // Not one of its own steps, and it never connected under the client's ID: the first was not disturbed.
    expect(second.steps).toEqual([]);
    expect(documentOf(await first.ended)).toMatchObject({
      code: 0,
      verdict: 'evicted',
      hold: { completed: true, returns: [] },
    });
  });

  it('the second goes on if the first ends soon', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'soon-over' });
    const first = start(client, '--hold', '1s');
    await first.said('✓ takeover');
    const second = documentOf(await start(client, '--hold', '0', '--timeout', '1s').ended);
    expect(documentOf(await first.ended).verdict).toBe('evicted');
    expect(second).toMatchObject({ contained: 'yes', blockers: [] });
    expect(second.steps[0]).toMatchObject({ id: 'deactivate', status: 'already' });
  });

  it('Ctrl-C ends the wait of the second', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'impatient' });
    const first = start(client, '--hold', '10s');
    await first.said('✓ takeover');
    const second = start(client, '--hold', '0');
    await second.said('✓ plan');
    second.kill('SIGINT');
    expect(documentOf(await second.ended)).toMatchObject({
      code: 130,
      verdict: 'interrupted',
      contained: 'no',
    });
    first.kill('SIGINT');
    expect((await first.ended).code).toBe(130);
  });

  it('an undo of the first refuses while it is at work', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'not-yet' });
    const first = start(client, '--hold', '10s');
    await first.said('✓ takeover');
    const { incident = '' } = await incidentOf(client.clientId);
    const undone = await home.run(['undo', incident, '--config', sandbox.config, '--yes', '--json']);
    expect(documentOf(undone)).toMatchObject({ code: 7, verdict: 'refused', blockers: [IN_PROGRESS] });
    expect(await client.status()).toBe('INACTIVE');
    expect(documentOf(await first.ended).verdict).toBe('evicted');
  });

  it.each([
    ['undo', { code: 4, verdict: 'denied', contained: 'unknown' }],
    ['resume', { code: 5, verdict: 'unverified', contained: 'yes' }], // the truth about the client, as it stands
  ])('the deadline ends the wait of evict %s, which changes nothing', async (verb, expected) => {
    await using client = await aConnectedClient(sandbox, { clientId: `no-time-to-${verb}` });
    const first = start(client, '--hold', '10s');
    await first.said('✓ takeover');
    const { incident = '' } = await incidentOf(client.clientId);
    const words = [verb, incident, '--config', sandbox.config, '--yes', '--json', '--deadline', '500ms'];
    const second = documentOf(await home.run(words));
    expect(second).toMatchObject({ ...expected, cause: { code: 'deadline' } });
    expect(second.record).toBeUndefined();
    expect(await client.status()).toBe('INACTIVE');
    expect(documentOf(await first.ended).verdict).toBe('evicted');
  });

  async function incidentOf(clientId: string): Promise<{ incident?: string }> {
    const { stdout } = await home.run(['incidents', '--config', sandbox.config, '--json']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => listed.parse(JSON.parse(line)));
    return lines.find((line) => line.clientId === clientId) ?? {};
  }
});

describe('a run that was killed', () => {
  it('leaves the client to the next one as soon as its claim is stale', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'abandoned' });
    const first = start(client, '--hold', '1m');
    await first.said('✓ takeover');
    first.kill('SIGKILL');
    expect((await first.ended).signal).toBe('SIGKILL');
    const second = documentOf(await start(client, '--hold', '0', '--timeout', '1s').ended);
    expect(second).toMatchObject({ contained: 'yes', blockers: [] });
  });
});

describe('two runs at once on two clients', () => {
  it('do not wait for each other', async () => {
    await using one = await aConnectedClient(sandbox, { clientId: 'side-by-side-1' });
    await using other = await aConnectedClient(sandbox, { clientId: 'side-by-side-2' });
    const ends = await Promise.all([start(one, '--hold', '1s').ended, start(other, '--hold', '1s').ended]);
    expect(ends.map(documentOf)).toMatchObject([{ verdict: 'evicted' }, { verdict: 'evicted' }]);
  });
});
