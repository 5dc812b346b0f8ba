import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Packet } from 'mqtt-packet';
import {
  aScriptedBroker,
  type Line,
  type Script,
  type ScriptedBroker,
} from '../adapters/mqtt/a-scripted-broker.ts';
import { aConnectedEvent, aDisconnectedEvent } from '../domain/an-event.ts';
import { anIdentity } from '../sandbox/a-device.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord, type RecordLine } from './a-record.ts';
import { aHome, evictionOf, type Home } from './run.ts';

/** The account is the sandbox's; the broker says what no sandbox says. */
let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox(), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const connack = (code: number): Packet => ({
  cmd: 'connack',
  sessionPresent: false,
  returnCode: code,
  reasonCode: code,
});

type Told = { readonly line: Line; readonly nth: number; readonly publish: (event: object) => void };

/** Serves the watch and its canaries as AWS does; each CONNECT under the client's own ID is answered as told. */
function serving(onTakeover: (told: Told) => void): Script {
  let watcher: Line | undefined;
  let takeovers = 0;
  const publish = (event: object) =>
    watcher?.send({
      cmd: 'publish',
      topic: '$aws/events/presence/any',
      payload: JSON.stringify(event),
      qos: 0,
      dup: false,
      retain: false,
    });
  return (packet, line) => {
    if (packet.cmd === 'subscribe') {
      watcher = line;
      const granted = packet.subscriptions.map(() => 1);
      line.send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted });
    }
    if (packet.cmd !== 'connect') return;
    const { clientId } = line;
    if (!clientId.startsWith('evict-')) return onTakeover({ line, nth: (takeovers += 1), publish });
    line.send(connack(0));
    publish(aConnectedEvent({ clientId, principalIdentifier: 'responder', sessionIdentifier: clientId }));
  };
}

/** An eviction of a client that was sighted on that broker, with the CONNECTs that it cost. */
async function evictOn(
  clientId: string,
  script: (principalIdentifier: string) => Script,
  more: readonly string[],
) {
  const { certificateId } = await anIdentity(sandbox);
  await using peer = await aScriptedBroker(script(certificateId));
  const sighted = aConnectedEvent({ clientId, principalIdentifier: certificateId, timestamp: Date.now() });
  const events = join(home.directory, `${clientId}.json`);
  await writeFile(events, JSON.stringify(sighted));
  const words = ['--config', sandbox.config, '--events', events, '--yes', '--json', '--mqtt-version', '5'];
  const ended = await home.run([clientId, ...words, ...(await mqttWords(peer)), ...more]);
  const document = evictionOf(ended);
  const record = await aCheckedRecord(document.record?.file ?? '');
  return {
    code: ended.code,
    document,
    record,
    sent: peer.connects.filter((connect) => connect.clientId === clientId),
  };
}

async function mqttWords({ broker: { url, identity } }: ScriptedBroker): Promise<string[]> {
  const parts = ['cert', 'key', 'ca'] as const;
  const files = await Promise.all(
    parts.map(async (part) => {
      const file = join(home.directory, `odd-${part}.pem`);
      await writeFile(file, identity[part] ?? '');
      return [`--${part}`, file];
    }),
  );
  return ['--mqtt-url', url, ...files.flat()];
}

const began = z.object({ startedAt: z.number() });

/** Takeovers that began within the second of the one before: AWS takes one CONNECT a second of each client ID. */
function tooSoon(record: readonly RecordLine[]): number[] {
  const times = record
    .filter(({ kind, step }) => kind === 'intended' && step === 'takeover')
    .map((line) => began.parse(line).startedAt);
  return times.filter((at, index) => at - (times[index - 1] ?? -Infinity) < 1_000);
}

describe('a broker of MQTT 5', () => {
  it('tells by 0x8E that the client came back, which is recorded, and retaken', async () => {
    const clientId = 'told-by-8e';
    /** The first session was sighted, each takeover displaces one, and after the first the client comes back. */
    const returning = (principalIdentifier: string) =>
      serving(({ line, nth, publish }) => {
        const timestamp = Date.now();
        const ours = {
          clientId,
          principalIdentifier: 'responder',
          sessionIdentifier: `ours-${nth}`,
          timestamp,
        };
        const theirs = { clientId, principalIdentifier, timestamp };
        const versionNumber = 96 + 2 * (nth - 1);
        const back = { ...theirs, sessionIdentifier: 'back', versionNumber: 98 };
        line.send(connack(0));
        publish(aDisconnectedEvent(nth === 1 ? theirs : back));
        publish(aConnectedEvent({ ...ours, versionNumber: versionNumber + 1 }));
        if (nth > 1) return;
        line.send({ cmd: 'disconnect', reasonCode: 0x8e });
        publish(aDisconnectedEvent({ ...ours, versionNumber: versionNumber + 1 }));
        publish(aConnectedEvent(back));
      });
    const { code, document, record, sent } = await evictOn(clientId, returning, ['--hold', '1s']);
    expect(document).toMatchObject({
      verdict: 'evicted',
      hold: { completed: true, returns: [{ count: 1 }] },
    });
    expect(code).toBe(0);
    expect(record.filter(({ kind }) => kind === 'lost')).toMatchObject([
      { reason: 'the broker sent DISCONNECT 0x8e (Session taken over)' },
    ]);
    expect(sent.map(({ protocolVersion }) => protocolVersion)).toEqual([5, 5]);
    expect(tooSoon(record)).toEqual([]);
  });

  it('that is busy for ever is asked once a second, and then the client ID is contended', async () => {
    const busy = () => serving(({ line }) => line.send(connack(0x97)));
    const { document, record, sent } = await evictOn('busy', busy, ['--timeout', '2500ms']);
    expect(document).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'id-contended', message: expect.stringContaining('CONNACK 0x97 (Quota exceeded)') },
    });
    expect(sent.length).toBeGreaterThan(1);
    expect(tooSoon(record)).toEqual([]);
  });
});

describe('a broker of MQTT 3.1.1', () => {
  it('is found to be one by the watch, and asked once where it does not allow the takeover', async () => {
    const serve = serving(({ line }) => line.send(connack(5)));
    const denying = (): Script => (packet, line) => {
      if (packet.cmd === 'connect' && line.version === 5) line.send(Buffer.from([0x20, 0x02, 0x00, 0x01]));
      else serve(packet, line);
    };
    const { document, sent } = await evictOn('denied', denying, []);
    expect(document).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'broker-denied', message: expect.stringContaining('CONNACK 0x05 (Not authorized)') },
    });
    expect(sent.map(({ protocolVersion }) => protocolVersion)).toEqual([4]);
  });
});
