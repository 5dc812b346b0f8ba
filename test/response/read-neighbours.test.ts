import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/cli/system.ts';
import { EvictError } from '../../src/domain/errors.ts';
import type { EventSource, Search } from '../../src/domain/source-ports.ts';
import { principalOf } from '../../src/domain/principal.ts';
import { isLookedFor } from '../../src/domain/searching.ts';
import { Incident } from '../../src/response/incident.ts';
import { OtherClients } from '../../src/response/read-neighbours.ts';
import { INTRUDER, STRANGER, aConnectedEvent, found } from '../domain/an-event.ts';
import { aRequest } from '../domain/an-incident.ts';

const never = new AbortController().signal;
const EVENTS = [
  aConnectedEvent(),
  aConnectedEvent({ clientId: 'pump-18' }),
  aConnectedEvent({ clientId: 'pump-19', principalIdentifier: STRANGER }),
];

/** A history that yields nothing but what is looked for, as a table does, and remembers what that was. */
function aTable() {
  const asked: Search[] = [];
  const source: EventSource = {
    name: 'table',
    async *read(search) {
      asked.push(search);
      yield { kind: 'covers', since: 5 };
      for (const event of EVENTS)
        if (isLookedFor(event, search)) yield { kind: 'event', found: found(event) };
    },
  };
  return { source, asked };
}

const broken: EventSource = {
  name: 'broken',
  read: () => {
    throw new EvictError('access-denied', 'no', { hint: 'ask' });
  },
};

function clientsOf(...sources: readonly EventSource[]) {
  const incident = new Incident(() => undefined);
  const others = new OtherClients(aRequest(), { ports: { sources, clock: systemClock }, incident });
  return { of: (identifier: string) => others.of(principalOf(identifier), never), incident };
}

describe('who else uses a principal', () => {
  it('is asked of the sources by its name, once, however often it is chosen', async () => {
    const { source, asked } = aTable();
    const clients = clientsOf(source);
    for (const principal of [INTRUDER, STRANGER, INTRUDER]) await clients.of(principal);
    expect(asked).toEqual([
      { for: 'principal', principal: principalOf(INTRUDER) },
      { for: 'principal', principal: principalOf(STRANGER) },
    ]);
    expect(await clients.of(INTRUDER)).toMatchObject({ neighbours: [{ clientId: 'pump-18' }], since: 5 });
    expect(await clients.of(STRANGER)).toMatchObject({ neighbours: [{ clientId: 'pump-19' }] });
  });

  it('is known in part where one source cannot be read, which is said once', async () => {
    const clients = clientsOf(aTable().source, broken);
    expect((await clients.of(INTRUDER)).neighbours).toHaveLength(1);
    await clients.of(STRANGER);
    expect(clients.incident.facts.warnings).toMatchObject([{ code: 'source-failed' }]);
    expect(await clientsOf(broken).of(INTRUDER)).toEqual({ neighbours: [] });
  });

  it('is known in part where a source is flawed, which is not said again of one that was before', async () => {
    const flawed: EventSource = {
      name: 'file',
      async *read() {
        yield { kind: 'flawed', source: 'file', why: 'cut off' };
      },
    };
    const warning = { code: 'source-flawed', message: 'file: cut off' };
    const clients = clientsOf(flawed);
    await clients.of(INTRUDER);
    expect(clients.incident.facts.warnings).toEqual([warning]);
    const again = clientsOf(flawed);
    const before = { source: 'file', notPresence: 0, malformed: 0, flaws: ['file: cut off, as of then'] };
    await again.incident.record({ kind: 'sources-read', passedOver: [before], near: [] });
    await again.of(INTRUDER);
    expect(again.incident.facts.warnings).toEqual([]);
  });

  it('is known in part where a source failed, which is not said again of one that had failed before', async () => {
    const again = clientsOf(broken);
    const failed = { source: 'broken', notPresence: 0, malformed: 0, failed: true } as const;
    await again.incident.record({ kind: 'sources-read', passedOver: [failed], near: [] });
    await again.of(INTRUDER);
    expect(again.incident.facts.warnings).toEqual([]);
  });

  it('is not asked of a Cognito identity: in events, all identities of its role look alike', async () => {
    const { source, asked } = aTable();
    const clients = clientsOf(source);
    expect(await clients.of('AROAEXAMPLEAPP:CognitoIdentityCredentials')).toEqual({ neighbours: [] });
    expect(asked).toEqual([]);
  });
});
