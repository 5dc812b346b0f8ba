import { describe, expect, it } from '@jest/globals';
import { factsOf, learn } from '../../src/domain/facts.ts';
import { INCIDENT_ID, incidentEntry, incidentId } from '../../src/domain/incident.ts';
import { conclude } from '../../src/domain/verdict.ts';
import {
  ENDED_AT,
  HEARD_AT,
  aPlan,
  ended,
  failedAct,
  gap,
  held,
  kicked,
  lost,
  ourEvent,
  planned,
  refusedTakeover,
  takeover,
  theEnd,
} from './an-incident.ts';

const WHOLE = [...kicked(), ourEvent(), theEnd(), gap(), lost(HEARD_AT), held(), ended()];

describe('the entries of an incident', () => {
  it('are read back as they were written', () => {
    for (const entry of [...WHOLE, failedAct()])
      expect(incidentEntry.parse(JSON.parse(JSON.stringify(entry)))).toEqual(entry);
  });

  it('make the same facts from a record as they made when they happened', () => {
    const fromRecord = WHOLE.map((entry) => incidentEntry.parse(JSON.parse(JSON.stringify(entry))));
    expect(factsOf(fromRecord)).toEqual(factsOf(WHOLE));
  });

  it('make the facts one by one, as they come', () => {
    const [half, rest] = [WHOLE.slice(0, 9), WHOLE.slice(9)];
    expect(rest.reduce(learn, factsOf(half))).toEqual(factsOf(WHOLE));
  });

  it('are never changed by what comes after them', () => {
    const before = factsOf(kicked());
    const copy = structuredClone(before);
    for (const entry of WHOLE) learn(before, entry);
    expect(before).toEqual(copy);
  });

  it('are judged anew: a judgement that was written down is never believed', () => {
    const claimed = {
      kind: 'judged',
      judgement: 'proved',
      by: 'sessionIdentifier',
      receivedAt: HEARD_AT,
    } as const;
    const facts = factsOf([...kicked(), claimed, held()]);
    expect(conclude(facts, ENDED_AT, undefined).verdict).toBe('unverified');
  });

  it('keep what was said of the sources, whoever goes on, and let go of what a cut-off run had heard', () => {
    const warned = (code: string) => ({ kind: 'warned', warning: { code, message: 'm' } }) as const;
    const resumed = { kind: 'resumed', toolVersion: '1', user: 'bob', host: 'h', startedAt: 0 } as const;
    const facts = factsOf([...kicked(), warned('source-flawed'), warned('watch-cut'), resumed]);
    expect(facts.warnings.map(({ code }) => code)).toEqual(['source-flawed']);
  });

  it('keep the blockers and warnings of the plan with those that showed later', () => {
    const plan = {
      blockers: [{ code: 'own-role', message: 'm' }],
      warnings: [{ code: 'hidden-client', message: 'm' }],
    };
    const facts = factsOf([
      ...planned({ plan }),
      { kind: 'warned', warning: { code: 'cannot-prove', message: 'm' } },
      { kind: 'blocked', blocker: { code: 'cannot-prove', message: 'm' } },
    ]);
    expect(facts.warnings.map(({ code }) => code)).toEqual(['hidden-client', 'cannot-prove']);
    expect(facts.blockers.map(({ code }) => code)).toEqual(['own-role', 'cannot-prove']);
    expect(aPlan().blockers).toEqual([]);
  });

  it('give each act its own outcome', () => {
    const { acts } = factsOf([
      ...kicked(),
      lost(HEARD_AT),
      ...refusedTakeover(HEARD_AT),
      ...takeover(HEARD_AT),
    ]);
    expect(
      acts.map(({ intended, outcome, lost: gone }) => [intended.step, outcome?.kind, gone?.lostAt]),
    ).toEqual([
      ['deactivate', 'done', undefined],
      ['takeover', 'done', HEARD_AT],
      ['takeover', 'failed', undefined],
      ['takeover', 'done', undefined],
    ]);
  });
});

describe('the name of an incident', () => {
  it('is its beginning in UTC and six hex digits', () => {
    const name = incidentId(Date.UTC(2026, 10, 22, 14, 6, 31, 999), '7f3a9c');
    expect(name).toBe('20261122T140631Z-7f3a9c');
    expect(name).toMatch(INCIDENT_ID);
  });

  it.each([
    '../../etc/passwd',
    '20261122T140631Z-7f3a9c/x',
    '20261122T140631Z-7F3A9C',
    '',
    '\n20261122T140631Z-7f3a9c',
  ])('is never %j', (name) => {
    expect(name).not.toMatch(INCIDENT_ID);
  });
});
