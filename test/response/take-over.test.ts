import { expect, it } from '@jest/globals';
import { systemClock } from '../../src/cli/system.ts';
import { factsOf } from '../../src/domain/facts.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import type { Takeover } from '../../src/domain/broker-ports.ts';
import type { IncidentRecords } from '../../src/domain/record-ports.ts';
import { Incident } from '../../src/response/incident.ts';
import { Grip } from '../../src/response/take-over.ts';
import { aRequest, containedOnly } from '../domain/an-incident.ts';

/** A disk that takes its time with one kind of entry. */
function aSlowDisk(slowly: IncidentEntry['kind']) {
  const kept: string[] = [];
  let goOn: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const records: IncidentRecords = {
    create: () =>
      Promise.resolve({
        file: 'memory',
        append: async ({ kind }) => {
          if (kind === slowly) await over;
          kept.push(kind);
          return { hash: String(kept.length) };
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  };
  return { records, kept, goOn };
}

const takeover: Takeover = {
  connect: () => Promise.resolve({ sessionPresent: false, [Symbol.asyncDispose]: () => Promise.resolve() }),
};

it('a takeover is done at its CONNACK, however slow the disk; what follows is written after it', async () => {
  const { records, kept, goOn } = aSlowDisk('done');
  const incident = new Incident(() => undefined, factsOf(containedOnly()));
  await incident.keepIn(records);
  const beside = () => {
    throw new Error('no session is kept');
  };
  const ports = { clock: systemClock, takeover, messages: { beside } };
  const grip = new Grip(aRequest(), { ports, incident, mqttVersion: 4 });
  expect(await grip.take(new AbortController().signal)).toBe(true);
  expect(kept).toEqual(['intended']);
  expect(incident.facts.acts.at(-1)?.outcome?.kind).toBe('done');
  const judged = incident.record({ kind: 'judged', judgement: 'silence' });
  goOn();
  await judged;
  expect(kept).toEqual(['intended', 'done', 'judged']);
});
