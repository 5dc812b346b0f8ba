import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/cli/system.ts';
import type { ConnectionReading } from '../../src/domain/connection-reading.ts';
import { factsOf } from '../../src/domain/facts.ts';
import { disconnect } from '../../src/response/disconnect.ts';
import { Incident } from '../../src/response/incident.ts';
import { aRequest, containedOnly } from '../domain/an-incident.ts';

/** A connection API that still shows the connection for a while after it has dropped it. */
function aLateApi(lateReadings: number) {
  let readings = 0;
  const before: ConnectionReading = { connected: true, connectedSince: Date.now() - 60_000 };
  const connections = {
    connection: () => {
      readings += 1;
      const after = { connected: false, disconnectReason: 'API_INITIATED_DISCONNECT' };
      return Promise.resolve(readings > lateReadings ? after : before);
    },
    subscriptions: () => Promise.resolve([]),
  };
  const ender = { disconnect: () => Promise.resolve({ known: true }) };
  const clock = { ...systemClock, sleep: () => Promise.resolve() };
  return { ports: { clock, connections, ender }, readings: () => readings };
}

const never = new AbortController().signal;

describe('after DeleteConnection, GetConnection', () => {
  it.each([
    ['pump#1', 0, 1],
    ['pump#1', 2, 3],
    ['pump#1', 99, 5], // not for ever
    ['pump-1', 99, 1], // its event says it
  ])('is asked of %s, late by %i readings, %i times', async (clientId, late, times) => {
    const api = aLateApi(late);
    const request = { clientId };
    const incident = new Incident(() => undefined, factsOf(containedOnly({ request })));
    expect(await disconnect(aRequest(request), { ports: api.ports, incident }, never)).toBe(true);
    expect(api.readings()).toBe(times);
  });
});
