import { describe, expect, it } from '@jest/globals';
import { ATTACHED, DETACHED } from '../../src/domain/change.ts';
import { documentOf, evictionDocument } from '../../src/domain/document.ts';
import { factsOf } from '../../src/domain/facts.ts';
import type { EntryOf, IncidentEntry } from '../../src/domain/incident.ts';
import type { EvictionPlan } from '../../src/domain/plan.ts';
import { CLIENT } from './an-event.ts';
import {
  CERTIFICATE_ARN,
  CHANGE,
  CONTAINED_AT,
  apiKick,
  containedOnly,
  doneChange,
  ended,
  held,
  identified,
  intendedChange,
  kicked,
  planned,
  readAfter,
  SENT_AT,
  takeover,
  theEnd,
  watched,
} from './an-incident.ts';

const DETACHMENT = {
  kind: 'policy-attachment',
  step: 'detach',
  target: CERTIFICATE_ARN,
  policyName: 'fleet',
  before: ATTACHED,
  after: DETACHED,
} as const;
const RECORD = { file: '/state/incidents/x.jsonl', hash: 'ab'.repeat(32) };

function documentFrom(entries: readonly IncidentEntry[]) {
  const document = documentOf(factsOf([...entries, ended()]), RECORD);
  expect(evictionDocument.parse(JSON.parse(JSON.stringify(document)))).toStrictEqual(document);
  return document;
}

const ids = (entries: readonly IncidentEntry[]) =>
  documentFrom(entries).steps.map(({ id, policy, status }) => [id, policy, status].filter(Boolean).join(' '));

describe('the steps of several changes of one certificate', () => {
  const plan: Partial<EvictionPlan> = {
    actions: ['deactivate', 'detach'],
    changes: [CHANGE, DETACHMENT, { ...DETACHMENT, policyName: 'extra' }],
  };

  it('are one each, by their policy: what was done, and what was not', () => {
    const detached = intendedChange({ step: 'detach', change: DETACHMENT });
    const acts = [intendedChange(), doneChange(), detached, doneChange({ step: 'detach', state: DETACHED })];
    expect(ids([...watched({ plan }), ...acts])).toEqual([
      'deactivate done',
      'detach fleet done',
      'detach extra skipped',
      'takeover skipped',
    ]);
  });

  it('have before and after', () => {
    const { steps } = documentFrom(planned({ plan, opened: { dryRun: true } }));
    expect(steps).toMatchObject([
      { id: 'deactivate', status: 'planned', before: 'ACTIVE', after: 'INACTIVE' },
      { id: 'detach', policy: 'fleet', target: CERTIFICATE_ARN, before: ATTACHED, after: DETACHED },
      { id: 'detach', policy: 'extra', status: 'planned' },
      { id: 'takeover', target: CLIENT, status: 'planned' },
    ]);
  });
});

describe('the steps of a kick', () => {
  const changed = ['deactivate done'];

  it.each([
    ['takeover', ['takeover skipped']],
    ['api', ['delete-connection skipped']],
    ['both', ['delete-connection skipped', 'takeover skipped']],
    ['none', []],
  ] as const)('are those of its method: %s', (method, steps) => {
    expect(ids(containedOnly({ plan: { method } }))).toEqual([...changed, ...steps]);
  });

  it('are as they happened', () => {
    const both = [...containedOnly({ plan: { method: 'both' } }), ...apiKick(), ...takeover()];
    expect(ids(both)).toEqual([...changed, 'delete-connection done', 'takeover done']);
    const nobody = [...containedOnly({ plan: { method: 'api' } }), ...apiKick(SENT_AT, { already: true })];
    expect(ids(nobody)).toEqual([...changed, 'delete-connection already']);
  });
});

describe('the proof by the connection API', () => {
  it('shows what GetConnection said', () => {
    const reading = {
      connected: false,
      disconnectReason: 'API_INITIATED_DISCONNECT',
      disconnectedSince: SENT_AT + 20,
    };
    const { proof } = documentFrom([
      ...containedOnly({ plan: { method: 'api' } }),
      identified({ clockSkewMs: 0 }),
      ...apiKick(),
      readAfter(reading),
      held(),
    ]);
    expect(proof).toMatchObject({ by: 'connection-api', event: reading });
  });
});

describe('the evidence', () => {
  const read = (more: Partial<EntryOf<'connection-read'>>): IncidentEntry => ({
    kind: 'connection-read',
    when: 'before',
    unheardOf: false,
    readAt: CONTAINED_AT - 500,
    ...more,
  });
  const reading = { connected: true, sourceIp: '8.8.42.11', connectedSince: CONTAINED_AT - 60_000 };
  const subscriptions = [{ topicFilter: 'cmd/#', qos: 1 }];
  const evidence = (...more: IncidentEntry[]) => documentFrom([...kicked(), theEnd(), ...more]).evidence;

  it('is what the connection API said before the containment, and nothing that it said later', () => {
    expect(evidence(read({ reading, subscriptions }))).toEqual({ connection: reading, subscriptions });
    expect(evidence(read({ reading }), readAfter({ connected: false }))).toEqual({ connection: reading });
  });

  it('is what came to the client ID, over all runs, and whether the very first takeover found a session', () => {
    const resumed = (sessionPresent: boolean): IncidentEntry[] => {
      const [intended, done] = takeover();
      return [intended, { ...done, sessionPresent }];
    };
    const kept = (count: number, dropped: number): IncidentEntry => ({
      kind: 'messages-kept',
      ...(count === 0 ? {} : { file: '/state/messages.jsonl', sha256: 'ab' }),
      count,
      dropped,
      endedAt: CONTAINED_AT,
    });
    const first = [...containedOnly(), ...resumed(false), kept(0, 0)];
    expect(documentFrom(first).evidence).toEqual({
      messages: { count: 0, dropped: 0, sessionPresent: false },
    });
    expect(documentFrom([...first, ...resumed(true), kept(3, 1)]).evidence?.messages).toEqual({
      file: '/state/messages.jsonl',
      sha256: 'ab',
      count: 3,
      dropped: 1,
      sessionPresent: false,
    });
  });

  it('is what could be read of it', () => {
    expect(evidence(read({ why: 'Forbidden', subscriptions }))).toEqual({ subscriptions });
    expect(evidence(read({ why: 'Forbidden', whyNoSubscriptions: 'Forbidden' }))).toBeUndefined();
    expect(evidence()).toBeUndefined();
  });
});
