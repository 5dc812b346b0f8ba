import { describe, expect, it } from '@jest/globals';
import { factsOf } from '../../src/domain/facts.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import { makePlan } from '../../src/domain/make-plan.ts';
import { coreSeen } from '../../src/domain/near-miss.ts';
import type { Neighbour } from '../../src/domain/plan.ts';
import { areSiblings, mayHaveMore, siblingNames } from '../../src/domain/siblings.ts';
import type { SiblingReading } from '../../src/domain/siblings.ts';
import { LATER, CLIENT, INTRUDER, SIGHTED_AT, STRANGER, aConnectedEvent, found } from './an-event.ts';
import {
  aRequest,
  ENDED_AT,
  TAKEN_AT,
  held,
  kicked,
  observed,
  opened,
  ourEvent,
  theEnd,
} from './an-incident.ts';
import { someReadings } from './some-readings.ts';
import { conclude } from '../../src/domain/verdict.ts';

describe('siblings', () => {
  it.each([
    ['core', 'core#2', true],
    ['core#2', 'core#17', true],
    ['core', 'core#1', false],
    ['core', 'core#02', false],
    ['core', 'core#2b', false],
    ['core', 'Core#2', false],
    ['core#2', 'core#2#2', false],
  ])('%s and %s: %s', (one, other, are) => {
    expect(areSiblings(one, other)).toBe(are);
    expect(areSiblings(other, one)).toBe(are);
  });

  it('are asked for three at a time, the core first, and never for the client itself', () => {
    expect(siblingNames('core').slice(0, 2)).toEqual([
      ['core#2', 'core#3', 'core#4'],
      ['core#5', 'core#6', 'core#7'],
    ]);
    expect(siblingNames('core#3')[0]).toEqual(['core', 'core#2', 'core#4']);
    expect(siblingNames('core#999999').flat()).toHaveLength(16);
  });

  it('have names that can exist', () => {
    expect(siblingNames('x'.repeat(126)).flat()).toHaveLength(8); // "#10" would make it 129 bytes
    expect(siblingNames('x'.repeat(128))).toEqual([]);
    expect(siblingNames('#2')).toEqual([]);
  });

  it.each([
    ['core', 0, 1],
    ['core', 4, 2],
    ['core', 16, 5],
    ['core#5', 0, 2],
    ['core#999999', 0, 6],
  ])('of %s, where those up to %i are in use, are asked for %i times', (clientId, upTo, times) => {
    const isInUse = (name: string) => Number(name.split('#')[1] ?? 1) <= upTo;
    const rounds = siblingNames(clientId);
    const last = rounds.findIndex((some) => !mayHaveMore(some, some.filter(isInUse).length, clientId));
    expect(last === -1 ? rounds.length : last + 1).toBe(times);
  });
});

describe('a plan', () => {
  const readAt = SIGHTED_AT + 500;
  const planOf = (siblings: readonly SiblingReading[], more: Parameters<typeof someReadings>[0] = {}) =>
    makePlan(someReadings({ siblings: { found: siblings, readAt }, ...more }));
  const second = { clientId: `${CLIENT}#2`, reading: { connected: true } };

  it('names the siblings, without a blocker, and says how to kick one', () => {
    const third = { clientId: `${CLIENT}#3`, reading: { connected: false } };
    const { neighbours, blastRadius, blockers, warnings } = planOf([third, second]);
    expect(neighbours).toEqual([
      { clientId: `${CLIENT}#3`, state: 'disconnected', last: readAt },
      { clientId: `${CLIENT}#2`, state: 'connected', last: readAt },
    ]);
    expect(blastRadius.clients).toEqual([CLIENT, `${CLIENT}#3`, `${CLIENT}#2`]);
    expect(blockers).toEqual([]);
    const { message } = warnings.find(({ code }) => code === 'greengrass-siblings') ?? {};
    expect(message).toContain(`evict --principal ${INTRUDER} --method api -- '${CLIENT}#2'`);
  });

  it('takes the reading of one that events tell of, too, since it is the newer', () => {
    const neighbours = [{ clientId: CLIENT, state: 'connected' as const, last: 1 }];
    const core = { clientId: CLIENT, reading: { connected: false } };
    const plan = planOf([core], { request: { clientId: second.clientId }, neighbourhood: { neighbours } });
    expect(plan.neighbours).toEqual([{ clientId: CLIENT, state: 'disconnected', last: readAt }]);
  });

  it.each([
    ['of a thing that the principal has', CLIENT, 1],
    ['of another thing', 'valve-3', 0],
  ])('takes one for a sibling by its name, unless it is %s: %s', (_, thingName, count) => {
    const { neighbours } = planOf([{ ...second, reading: { connected: true, thingName } }]);
    expect(neighbours).toHaveLength(count);
  });

  it('says so where nobody could be asked', () => {
    const { warnings } = makePlan(someReadings({ siblings: { found: [], why: 'Forbidden', readAt } }));
    expect(warnings.map(({ code }) => code)).toContain('siblings-unknown');
  });
});

describe('a sibling at the end', () => {
  const sibling = `${CLIENT}#2`;
  const before: Neighbour = { clientId: sibling, state: 'connected', last: SIGHTED_AT };
  const after = (reading: SiblingReading['reading'], clientId = sibling) =>
    ({
      kind: 'siblings-read',
      when: 'after',
      siblings: reading === undefined ? [{ clientId }] : [{ clientId, reading }],
      readAt: ENDED_AT - 1,
    }) as const;
  const verdictOf = (neighbours: readonly Neighbour[], ...more: IncidentEntry[]) =>
    conclude(
      factsOf([...kicked({ plan: { neighbours: [...neighbours] } }), ourEvent(), theEnd(), ...more, held()]),
      ENDED_AT,
      undefined,
    );

  it('that is connected, or of which nothing new is known, makes it unverified, and is how to go on', () => {
    for (const entries of [[], [after({ connected: true })]])
      expect(verdictOf([before], ...entries)).toMatchObject({
        verdict: 'unverified',
        cause: {
          code: 'alive-elsewhere',
          message: expect.stringContaining('by name the same Greengrass core'),
          hint: expect.stringContaining(`evict --principal ${INTRUDER} --method api -- '${sibling}'`),
        },
      });
  });

  it('that is not connected, or forgotten, leaves it evicted', () => {
    for (const reading of [{ connected: false }, undefined])
      expect(verdictOf([before], after(reading)).verdict).toBe('evicted');
  });

  it('that an event shows connected counts as connected, whatever the reading says', () => {
    const core = { clientId: 'core', state: 'disconnected', last: SIGHTED_AT } as const;
    const event = aConnectedEvent({ clientId: 'core', timestamp: TAKEN_AT, sessionIdentifier: 'core-3' });
    const ended = verdictOf([core], observed(event), after({ connected: false }, 'core'));
    expect(ended).toMatchObject({ cause: { code: 'alive-elsewhere' } });
  });
});

describe('a hidden client that nobody has seen', () => {
  it('is said to have no events', () => {
    const request = aRequest({ clientId: 'pump#1' });
    const looked = factsOf([opened({ request }), { kind: 'sources-read', passedOver: [], near: [] }]);
    const { cause } = conclude(looked, ENDED_AT, undefined);
    expect(cause?.hint).toContain('--principal (AWS publishes no events of client IDs with');
  });
});

describe('the core of a client that nobody has seen', () => {
  const seen = [
    found(aConnectedEvent({ clientId: 'core', versionNumber: 1, principalIdentifier: STRANGER })),
    found(aConnectedEvent({ clientId: 'core', versionNumber: 2 })),
    found(
      aConnectedEvent({ clientId: 'core', principalIdentifier: STRANGER, timestamp: 8e15, versionNumber: 3 }),
    ),
  ];

  it('is named with the principal that was last seen on it', () => {
    expect(coreSeen('core#2', seen, LATER)).toEqual({ clientId: 'core', principal: INTRUDER });
    expect(coreSeen('core', seen, LATER)).toBeUndefined();
    expect(coreSeen('other#2', seen, LATER)).toBeUndefined();
  });
});
