import type { IncidentEntry } from '../../src/domain/incident.ts';
import type { CloudReader, CloudWriter } from '../../src/domain/cloud-ports.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { IncidentRecords } from '../../src/domain/record-ports.ts';
import { EvictError } from '../../src/domain/errors.ts';
import { systemClock } from '../../src/cli/system.ts';

/** Records in memory, whose disk can be full from the nth entry on. */
export function recordsInMemory({ fullFrom = Infinity }: { fullFrom?: number } = {}) {
  const kept: IncidentEntry[] = [];
  const records: IncidentRecords = {
    create: async () => ({
      file: 'memory',
      append: async (entry) => {
        await Promise.resolve();
        if (kept.length >= fullFrom)
          throw new EvictError('record-unwritable', 'the disk is full', { hint: 'make room' });
        kept.push(entry);
        return { hash: String(kept.length) };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  };
  return { kept, records };
}

/** A control plane with one certificate, whose every call can be made to go wrong. */
export function aCloud(
  faults: {
    readonly apply?: 'denied' | 'denied-at-last' | 'reply-lost' | 'no-effect';
    readonly read?: 'down' | 'late' | 'elsewhere';
  } = {},
) {
  let status = 'ACTIVE';
  let stale = faults.read === 'late';
  const applied: string[] = [];
  const writer: CloudWriter = {
    apply: async ({ after }) => {
      await Promise.resolve();
      applied.push(after);
      if (faults.apply === 'denied') throw new EvictError('access-denied', 'no', { hint: 'ask' });
      if (faults.apply !== 'no-effect') status = after;
      // The SDK tried again after an answer that was lost, and only the last of its tries was refused.
      if (faults.apply === 'denied-at-last')
        throw new EvictError('credentials-missing', 'expired', { hint: 'log in', tries: 2 });
      if (faults.apply === 'reply-lost') throw new EvictError('timed-out', 'no answer', { hint: 'wait' });
      return { requestId: 'r-1' };
    },
  };
  const reader: CloudReader = {
    caller: () => Promise.resolve({ arn: 'arn', principal: 'AIDAEXAMPLE', account: '1' }),
    mqttEndpoint: () => Promise.resolve('wss://broker.example/mqtt'),
    certificate: (certificateId) => Promise.resolve({ certificateId, arn: 'arn', status }),
    thingsOf: () => Promise.resolve([]),
    policiesOn: () => Promise.resolve([]),
    effectivePolicies: () => Promise.resolve([]),
    mayConnect: () => Promise.resolve(false),
    stateOf: () => {
      if (faults.read === 'down')
        return Promise.reject(new EvictError('endpoint-unreachable', 'gone', { hint: 'wait' }));
      if (faults.read === 'elsewhere') return Promise.resolve('NOT FOUND');
      if (applied.length === 0 || !stale) return Promise.resolve(status);
      stale = false;
      return Promise.resolve('ACTIVE');
    },
    clockSkewMs: () => 0,
  };
  const clock: Clock = systemClock;
  return { ports: { cloud: reader, writer, clock }, applied, status: () => status };
}
