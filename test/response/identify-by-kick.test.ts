import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { systemClock, systemRandomness } from '../../src/cli/system.ts';
import { EvictError } from '../../src/domain/errors.ts';
import type { ConnectionReading } from '../../src/domain/connection-reading.ts';
import type { TakeoverOrder } from '../../src/domain/broker-ports.ts';
import type { DisconnectOrder } from '../../src/domain/cloud-ports.ts';
import type { ActingPorts } from '../../src/domain/ports.ts';
import { parsePresenceEvent } from '../../src/domain/presence-event.ts';
import { identifyByKick } from '../../src/response/identify-by-kick.ts';
import { OtherClients } from '../../src/response/read-neighbours.ts';
import { Incident } from '../../src/response/incident.ts';
import { INTRUDER, OURS, aConnectedEvent, aDisconnectedEvent } from '../domain/an-event.ts';
import { aRequest, opened } from '../domain/an-incident.ts';
import { aCloud, recordsInMemory } from './a-thread.ts';

const never = new AbortController().signal;
const REQUEST = aRequest({ identifyByKick: true, timeoutMs: 2_000 });
const CALLER = { known: false, why: 'not asked' } as const;

type Api = 'drops' | 'drops, and no answer comes' | 'knows nobody' | 'is denied' | 'is missing';
type World = { readonly api: Api; readonly reading?: ConnectionReading; readonly agrees?: boolean };

/** A client that is connected, its broker, and a connection API of one's choice; what was ordered is remembered. */
function aWorld({ api, reading, agrees = true }: World) {
  const ordered: { calls: DisconnectOrder[]; takeovers: TakeoverOrder[]; letGo: number } = {
    calls: [],
    takeovers: [],
    letGo: 0,
  };
  let hear: (raw: unknown) => void = () => undefined;
  const tell = (...events: readonly unknown[]) => setImmediate(() => events.forEach((one) => hear(one)));
  const ports: ActingPorts = {
    ...aCloud().ports,
    sources: [],
    random: systemRandomness,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    context: { toolVersion: 'test', user: 'u', host: 'h' },
    onEntry: () => undefined,
    records: recordsInMemory().records,
    messages: {
      beside: () => ({
        keep: () => Promise.resolve(false),
        close: () => Promise.resolve(undefined),
      }),
    },
    claims: { claim: () => Promise.resolve(undefined) },
    refusalLog: { group: () => Promise.resolve(undefined), refusals: () => Promise.resolve([]) },
    operator: {
      decide: () => Promise.resolve({ kind: 'declined' }),
      agreesToKick: () => Promise.resolve(agrees),
    },
    connections: { connection: () => Promise.resolve(reading), subscriptions: () => Promise.resolve([]) },
    presence: {
      open: ({ onEvent }) => {
        hear = (raw) => {
          const event = parsePresenceEvent(raw);
          if (event !== undefined) onEvent({ event, raw, receivedAt: systemClock.now() });
        };
        return Promise.resolve({
          watcherId: 'evict-watch-test',
          mqttVersion: 4,
          prove: () => Promise.resolve({ delayMs: 1, principalIdentifier: OURS }),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        });
      },
    },
    ender: {
      disconnect: (order) => {
        ordered.calls.push(order);
        if (api === 'is denied')
          return Promise.reject(new EvictError('access-denied', 'no', { hint: 'ask' }));
        if (api === 'is missing')
          return Promise.reject(new EvictError('service-refused', '?', { hint: '-' }));
        if (api === 'knows nobody') return Promise.resolve({ known: false });
        tell(aDisconnectedEvent({ disconnectReason: 'API_INITIATED_DISCONNECT' }));
        return api === 'drops'
          ? Promise.resolve({ known: true })
          : Promise.reject(new EvictError('timed-out', 'no answer', { hint: 'wait' }));
      },
    },
    takeover: {
      connect: (order) => {
        ordered.takeovers.push(order);
        const ours = { principalIdentifier: OURS, sessionIdentifier: 'ours', versionNumber: 97 };
        // The device is back at once, and takes the ID from us before we let go of it.
        tell(aConnectedEvent(ours), aDisconnectedEvent(), aDisconnectedEvent(ours));
        return Promise.resolve({
          sessionPresent: false,
          [Symbol.asyncDispose]: () => {
            ordered.letGo += 1;
            return Promise.resolve();
          },
        });
      },
    },
  };
  return { ports, ordered };
}

async function identify(world: World) {
  const { ports, ordered } = aWorld(world);
  const incident = new Incident(() => undefined);
  await incident.record(opened({ request: REQUEST, mqttIdentity: undefined }));
  const nothing = { caller: CALLER, history: [], others: new OtherClients(REQUEST, { ports, incident }) };
  const seen = await identifyByKick(REQUEST, nothing, { ports, incident }, never);
  const principals = seen?.history.map(({ event }) => event.principalIdentifier);
  const steps = incident.facts.acts.map(({ intended, outcome }) => `${intended.step} ${outcome?.kind ?? ''}`);
  return { principals, steps, ordered, facts: incident.facts };
}

const CONNECTED = { connected: true, connectedSince: 1 };
const BY_API = ['identify-by-api done'];
const BY_BOTH = (outcome: string) => [`identify-by-api ${outcome}`, 'identify-by-takeover done'];

describe('to identify a client by a kick', () => {
  it.each([
    ['drops', CONNECTED, BY_API],
    ['drops', undefined, []],
    ['drops', { connected: false }, []],
    ['drops, and no answer comes', CONNECTED, ['identify-by-api failed']],
    ['is denied', CONNECTED, BY_BOTH('failed')],
    ['is missing', CONNECTED, BY_BOTH('failed')],
    ['knows nobody', CONNECTED, BY_BOTH('done')],
  ] as const)('where the API %s, and GetConnection says %j: %j', async (api, reading, steps) => {
    const world = await identify({ api, ...(reading === undefined ? {} : { reading }) });
    expect(world.steps).toEqual(steps);
    expect(world.principals).toEqual(steps.length === 0 ? undefined : [INTRUDER]);
    for (const call of world.ordered.calls)
      expect(call).toMatchObject({ cleanSession: false, preventWill: true });
    expect(world.ordered.letGo).toBe(world.ordered.takeovers.length);
  });

  it.each([
    [{ ...CONNECTED, cleanSession: false }, true],
    [{ ...CONNECTED, cleanSession: true }, false],
  ])('a takeover resumes a session only where there is one: %j', async (reading, keepSession) => {
    const { ordered } = await identify({ api: 'is denied', reading });
    expect(ordered.takeovers).toMatchObject([{ keepSession }]);
  });

  it('nobody is kicked where that was not agreed to', async () => {
    const { steps, ordered, facts } = await identify({ api: 'drops', reading: CONNECTED, agrees: false });
    expect({ steps, ...ordered }).toEqual({ steps: [], calls: [], takeovers: [], letGo: 0 });
    expect(facts.decision).toBe('declined');
    expect(facts.watching).toBeUndefined();
  });
});
