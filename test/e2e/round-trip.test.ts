import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  DeletePolicyCommand,
  DetachPolicyCommand,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { change } from '../../src/domain/change.ts';
import { ALLOW_ALL, attachNewPolicy } from '../sandbox/a-device.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord } from './a-record.ts';
import { aConnectedClient, type ConnectedClient, connectedAs, policiesOf, setStatus } from './a-scene.ts';
import { aHome, evictionOf, type Home } from './run.ts';

let home: Home;
let common: TestSandbox;
beforeAll(async () => {
  [common, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await common[Symbol.asyncDispose]();
});

const actions = (...ids: string[]) => ids.flatMap((id) => ['--action', id]);
const evict = async (sandbox: TestSandbox, clientId: string, ...more: string[]) => {
  const words = ['--config', sandbox.config, '--yes', '--json', '--hold', '0'];
  const document = evictionOf(await home.run([clientId, ...words, ...more]));
  // A policy that is gone may end the session by itself, before all is contained: then nobody is left to be kicked.
  expect(['evicted', 'not-connected']).toContain(document.verdict);
  expect(document.contained).toBe('yes');
  return document.incident ?? '';
};
const undo = async (sandbox: TestSandbox, incident: string, ...more: string[]) => {
  const words = ['--config', sandbox.config, '--json', '--yes', '--timeout', '3s'];
  const ended = await home.run(['undo', incident, ...words, ...more]);
  return { code: ended.code, ...evictionOf(ended) };
};
const RESTORED = { code: 0, verdict: 'restored', contained: 'no' };
const shown = (steps: readonly { id: string; policy?: string | undefined; status: string }[]) =>
  steps.map(({ id, policy, status }) => [id, policy, status].filter(Boolean).join(' '));

describe('evict, then undo', () => {
  it.each([
    ['by default', []],
    ['by --action deactivate', actions('deactivate')],
    ['by --action detach', actions('detach')],
    ['by both', actions('deactivate', 'detach')],
    ['by both, the other way round, and by API', [...actions('detach', 'deactivate'), '--method', 'both']],
  ])('leaves the whole account and the broker as they were, once the client is back: %s', async (_, more) => {
    await using sandbox = await aSandbox({ intruder: 'pump-17' });
    const before = await sandbox.snapshot();
    const incident = await evict(sandbox, 'pump-17', ...more);
    expect(await sandbox.snapshot()).not.toEqual(before);
    expect(await undo(sandbox, incident)).toMatchObject(RESTORED);
    await eventually(() => (connectedAs(sandbox, 'pump-17').length === 1 ? true : undefined));
    expect(await sandbox.snapshot()).toEqual(before);

    const twice = await undo(sandbox, incident);
    expect(twice).toMatchObject({ code: 0, verdict: 'restored', steps: [] });
    expect(await sandbox.snapshot()).toEqual(before);
  });
});

/** An incident of several changes to one certificate that has two policies. */
async function anIncident(clientId: string, ...ids: string[]) {
  const client = await aConnectedClient(common, { clientId });
  const { certificateId, arn } = client.identity;
  const [first = ''] = await policiesOf(common, certificateId);
  const second = await attachNewPolicy(common, { target: arn, policy: ALLOW_ALL });
  const incident = await evict(common, clientId, ...actions(...ids), '--events', client.events);
  return { client, incident, first, second, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

const stateOf = async (client: ConnectedClient) => [
  await client.status(),
  ...(await policiesOf(common, client.identity.certificateId)),
];

describe('an undo of several changes', () => {
  it('takes back the newest first, and records each as intended before it is done', async () => {
    await using evicted = await anIncident('in-order', 'deactivate', 'detach');
    const { client, incident } = evicted;
    const preview = await undo(common, incident, '--dry-run');
    expect(preview).toMatchObject({ code: 0, verdict: 'planned', kind: 'undo' });
    const undone = await undo(common, incident);
    expect(undone).toMatchObject(RESTORED);
    const lines = await aCheckedRecord(undone.record?.file ?? '');
    const detached = lines.filter(({ kind, step }) => kind === 'done' && step === 'detach');
    expect(detached).toHaveLength(2);
    const changes = lines
      .filter((line) => line.kind === 'intended' && line['change'] !== undefined)
      .map((line) => line['change']);
    expect(changes).toHaveLength(6);
    // Each is the inverse of the one that mirrors it.
    const [deactivated, one, two, ...back] = changes;
    expect(back).toMatchObject([
      { ...asUndone(two), step: 'attach' },
      { ...asUndone(one), step: 'attach' },
      { ...asUndone(deactivated), step: 'activate' },
    ]);
    expect(shown(preview.steps).map((step) => step.replace('planned', 'done'))).toEqual(shown(undone.steps));
    expect(await stateOf(client)).toEqual(['ACTIVE', ...[evicted.first, evicted.second].toSorted()]);
  });

  it.each(['throttle', 'server-error'] as const)(
    'that is stopped half-way by a %s says what is left, and the same undo goes on with that',
    async (fault) => {
      await using evicted = await anIncident(`half-way-${fault}`, 'detach', 'deactivate');
      const { client, incident, first, second } = evicted;
      const { id } = common.faults.add(
        fault === 'throttle'
          ? { fault, operation: 'AttachPolicy' }
          : { fault, operation: 'AttachPolicy', status: 503 },
      );
      const stopped = await undo(common, incident);
      expect(stopped).toMatchObject({ code: 1, verdict: 'failed', contained: 'partly' });
      expect(stopped.cause?.message).toContain('1 of 3 changes were taken back');
      expect(stopped.cause?.hint).toContain('run the same undo again');
      expect(shown(stopped.steps)).toEqual([
        'activate done',
        `attach ${second} failed`,
        `attach ${first} planned`,
      ]);
      expect(await stateOf(client)).toEqual(['ACTIVE']);

      common.faults.remove(id);
      const rest = await undo(common, incident);
      expect(rest).toMatchObject(RESTORED);
      expect(shown(rest.steps)).toEqual([`attach ${second} done`, `attach ${first} done`]);
      expect(await stateOf(client)).toEqual(['ACTIVE', ...[first, second].toSorted()]);
    },
  );

  it('whose answers are lost is done all the same: what is read back counts', async () => {
    await using evicted = await anIncident('lost-replies', 'deactivate', 'detach');
    const { id } = common.faults.add({ fault: 'lost-reply', operation: 'AttachPolicy' });
    try {
      expect(await undo(common, evicted.incident)).toMatchObject(RESTORED);
    } finally {
      common.faults.remove(id);
    }
    expect(await stateOf(evicted.client)).toHaveLength(3);
  });

  it('counts as done what somebody has given back meanwhile', async () => {
    await using evicted = await anIncident('given-back', 'deactivate', 'detach');
    const { client, incident, first, second } = evicted;
    await common.iot.send(new AttachPolicyCommand({ policyName: first, target: client.identity.arn }));
    const undone = await undo(common, incident);
    expect(undone).toMatchObject(RESTORED);
    expect(shown(undone.steps)).toEqual([
      `attach ${second} done`,
      `attach ${first} already`,
      'activate done',
    ]);
  });

  it('fails where a policy was deleted meanwhile, by its name, and goes on once it is there again', async () => {
    await using evicted = await anIncident('deleted', 'deactivate', 'detach');
    const { client, incident, first } = evicted;
    await common.iot.send(new DetachPolicyCommand({ policyName: first, target: client.identity.arn }));
    await common.iot.send(new DeletePolicyCommand({ policyName: first }));
    const failed = await undo(common, incident);
    expect(failed).toMatchObject({ code: 1, verdict: 'failed', contained: 'partly' });
    expect(failed.cause?.message).toContain('AttachPolicy');
    expect(await client.status()).toBe('INACTIVE');
    await common.iot.send(
      new CreatePolicyCommand({ policyName: first, policyDocument: JSON.stringify(ALLOW_ALL) }),
    );
    expect(await undo(common, incident)).toMatchObject(RESTORED);
    expect(await stateOf(client)).toHaveLength(3);
  });

  it('is refused as a whole where the certificate was revoked meanwhile: nothing is attached to it', async () => {
    await using evicted = await anIncident('revoked-since', 'deactivate', 'detach');
    await setStatus(common, evicted.client.identity.certificateId, 'REVOKED');
    for (const force of [[], ['--force']]) {
      const refused = await undo(common, evicted.incident, ...force);
      expect(refused).toMatchObject({ code: 7, verdict: 'refused', blockers: [{ code: 'irreversible' }] });
    }
    expect(await stateOf(evicted.client)).toEqual(['REVOKED']);
  });

  it('is refused while another incident wants one of the policies detached, unless forced', async () => {
    await using evicted = await anIncident('twice-detached', 'deactivate', 'detach');
    const { client, incident, first } = evicted;
    await common.iot.send(new AttachPolicyCommand({ policyName: first, target: client.identity.arn }));
    await setStatus(common, client.identity.certificateId, 'ACTIVE');
    // The device was dropped for good: nobody is there to be evicted, and the policy is detached all the same.
    const words = ['--config', common.config, '--events', client.events, '--yes', '--json', '--hold', '0'];
    const again = evictionOf(
      await home.run([client.clientId, ...words, ...actions('detach'), '--timeout', '1s']),
    );
    expect(again.contained).toBe('yes');
    const refused = await undo(common, incident);
    expect(refused).toMatchObject({ code: 7, blockers: [{ code: 'held-by-incident', lift: '--force' }] });
    expect(refused.blockers[0]?.message).toContain(again.incident);
    expect(refused.blockers[0]?.message).toContain(first);
    expect(await undo(common, incident, '--force')).toMatchObject(RESTORED);
    expect(await stateOf(client)).toHaveLength(3);
  });
});

/** What the record must hold as the inverse of a change. */
function asUndone(made: unknown): object {
  const { step: _step, before, after, ...subject } = change.parse(made);
  return { ...subject, before: after, after: before };
}
