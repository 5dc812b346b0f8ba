import { afterEach, describe, expect, it } from '@jest/globals';
import type { IConnackPacket, IPublishPacket, Packet } from 'mqtt-packet';
import { openConnection } from '../../../src/adapters/mqtt/connection.ts';
import { presenceOn } from '../../../src/adapters/mqtt/presence-watch.ts';
import { systemClock, systemRandomness } from '../../../src/cli/system.ts';
import { EvictError } from '../../../src/domain/errors.ts';
import { eventually } from '../../sandbox/a-sandbox.ts';
import { aScriptedBroker, type Line, type Script, type ScriptedBroker } from './a-scripted-broker.ts';

let peer: ScriptedBroker;
afterEach(async () => {
  await peer[Symbol.asyncDispose]();
});

const VERSIONS = [4, 5] as const;
const soon = () => AbortSignal.timeout(5_000);
const ignore = () => undefined;

const connack = (code: number, properties: IConnackPacket['properties'] = {}): Packet => ({
  cmd: 'connack',
  sessionPresent: false,
  returnCode: code,
  reasonCode: code,
  properties,
});
const ACCEPTED = connack(0);
const disconnect = (reasonCode: number): Packet => ({ cmd: 'disconnect', reasonCode });
const publish = (payload: string, more: Partial<IPublishPacket> = {}): Packet => ({
  cmd: 'publish',
  topic: '$aws/events/presence/connected/pump-1',
  payload,
  qos: 0,
  dup: false,
  retain: false,
  ...more,
});
const NO_MQTT = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');
/** The beginning of a PUBLISH of 256 MB. */
const GIANT = Buffer.concat([Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(2_000_000)]);

const onConnect =
  (answer: (line: Line) => void): Script =>
  (packet, line) => {
    if (packet.cmd === 'connect') answer(line);
  };
const saying = (...told: (Packet | Buffer)[]) => onConnect((line) => line.send(...told));

/** What became of one CONNECT: the code of the error, or what was there. */
async function outcome(mqttVersion: 4 | 5, clientId = 'pump-1', signal = soon()) {
  try {
    const connection = await openConnection(peer.broker, { clientId, mqttVersion, onLost: ignore }, signal);
    if (connection === 'version-refused') return { code: connection };
    await connection[Symbol.asyncDispose]();
    return { code: 'connected' };
  } catch (error) {
    if (!(error instanceof EvictError)) throw error;
    return { code: error.code, message: error.message, hint: error.hint };
  }
}

const nothingIsLeft = () => eventually(() => (peer.open() === 0 ? true : undefined));

describe('a refusal by CONNACK is named, and told apart by whether it would come again:', () => {
  const answered = async (version: 4 | 5, codes: readonly number[]) => {
    peer = await aScriptedBroker(onConnect((line) => line.send(connack(Number(line.clientId)))));
    const outcomes = await Promise.all(codes.map((code) => outcome(version, String(code))));
    await nothingIsLeft();
    return Object.fromEntries(codes.map((code, index) => [code, outcomes[index]?.code]));
  };

  it('the return codes of 3.1.1', async () => {
    expect(await answered(4, [1, 2, 3, 4, 5, 6, 7, 255])).toEqual({
      1: 'version-refused',
      2: 'broker-denied', // identifier rejected
      3: 'broker-refused', // server unavailable
      4: 'broker-denied', // bad user name or password
      5: 'broker-denied', // not authorized
      6: 'broker-refused', // of these, nobody knows
      7: 'broker-refused',
      255: 'broker-refused',
    });
  });

  it('the reason codes of 5', async () => {
    const codes = Array.from({ length: 0x20 }, (_, index) => 0x80 + index);
    const answers = await answered(5, codes);
    const named = (word: string) => codes.filter((code) => answers[code] === word);
    expect(named('version-refused')).toEqual([0x84]);
    // Unspecified, implementation specific, unavailable, busy, shutting down, quota, rate; and what is none of a CONNACK.
    expect(named('broker-refused')).toEqual([
      0x80, 0x83, 0x88, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x98, 0x9e, 0x9f,
    ]);
    expect(named('broker-denied')).toHaveLength(codes.length - 1 - 17);
  });

  it('in the words of MQTT, with what to do', async () => {
    peer = await aScriptedBroker(onConnect((line) => line.send(connack(Number(line.clientId)))));
    expect(await outcome(5, String(0x87))).toMatchObject({
      message: expect.stringContaining('refused "135": CONNACK 0x87 (Not authorized)'),
      hint: expect.stringContaining('iot:Connect'),
    });
    expect(await outcome(5, String(0x97))).toMatchObject({
      message: expect.stringContaining('CONNACK 0x97 (Quota exceeded)'),
      hint: expect.stringContaining('one CONNECT a second'),
    });
  });
});

describe.each(VERSIONS)('in place of a CONNACK of version %d:', (version) => {
  it.each<[string, Script, code: string, message: string]>([
    ['what is no MQTT', saying(NO_MQTT), 'broker-unreachable', 'does not keep to MQTT'],
    ['a packet type that there is not', saying(Buffer.alloc(4)), 'broker-unreachable', 'keep to MQTT'],
    ['a length without end', saying(Buffer.alloc(6, 0xff)), 'broker-unreachable', 'keep to MQTT'],
    ['a packet of 256 MB', saying(GIANT), 'broker-unreachable', 'more than 1 MiB'],
    ['DISCONNECT', saying(disconnect(0x8b)), 'broker-unreachable', 'DISCONNECT 0x'],
    ['a refusal, and then an acceptance', saying(connack(5), ACCEPTED), 'broker-denied', 'CONNACK 0x05'],
    ['the end', onConnect(({ socket }) => socket.end()), 'broker-refused', 'closed the connection'],
    ['a cut', onConnect(({ socket }) => socket.destroy()), 'broker-refused', 'closed the connection'],
  ])('%s', async (_, script, code, message) => {
    peer = await aScriptedBroker(script);
    const found = await outcome(version);
    expect(found).toMatchObject({ code, message: expect.stringContaining(message) });
    await nothingIsLeft();
    expect(peer.connects).toHaveLength(1);
  });

  it.each<[string, Script]>([
    ['nothing', ignore],
    ['half of one', saying(Buffer.from([0x20, 0x02]))],
    ['one without a code', saying(Buffer.from([0x20, 0x00]))],
    ['a message to acknowledge', saying(publish('x', { qos: 1, messageId: 1 }), ACCEPTED)],
  ])('%s', async (_, script) => {
    peer = await aScriptedBroker(script);
    const found = await outcome(version, 'pump-1', AbortSignal.timeout(300));
    expect(found).toMatchObject({ code: 'timed-out' });
    await nothingIsLeft();
  });
});

describe.each(VERSIONS)('a held client ID, over version %d, is lost by', (version) => {
  const lostBy = async (...told: (Packet | Buffer)[]) => {
    peer = await aScriptedBroker(saying(ACCEPTED, ...told));
    const lost: string[] = [];
    const order = { clientId: 'pump-1', mqttVersion: version, onLost: (reason: string) => lost.push(reason) };
    const connection = await openConnection(peer.broker, order, soon());
    await eventually(() => (lost.length > 0 ? true : undefined));
    await nothingIsLeft(); // although the peer keeps the line open
    if (connection !== 'version-refused') await connection[Symbol.asyncDispose]();
    return lost;
  };

  it.each<[string, told: Packet | Buffer, reason: string]>([
    ['another CONNACK', ACCEPTED, 'duplicate CONNACK'],
    ['what is no MQTT', NO_MQTT, 'Invalid header flag bits'],
    ['a packet of 256 MB', GIANT, 'more than 1 MiB'],
    ['DISCONNECT', Buffer.from([0xe0, 0x00]), 'the broker sent DISCONNECT 0x00'],
  ])('%s, once, with the reason', async (_, told, reason) => {
    expect(await lostBy(told)).toEqual([expect.stringContaining(reason)]);
  });

  if (version === 5) {
    it('the DISCONNECT that tells of a takeover', async () => {
      expect(await lostBy(disconnect(0x8e))).toEqual([
        'the broker sent DISCONNECT 0x8e (Session taken over)',
      ]);
    });

    it('silence for one and a half of the keep-alive that the broker asked for', async () => {
      peer = await aScriptedBroker(saying(connack(0, { serverKeepAlive: 1 })));
      const reason = await new Promise((resolve) => {
        const order = { clientId: 'pump-1', mqttVersion: 5 as const, onLost: resolve };
        void openConnection(peer.broker, order, soon());
      });
      expect(reason).toBe('Keepalive timeout');
      await nothingIsLeft();
    });

    it('nothing at all where the broker gives another client ID: it was never had', async () => {
      peer = await aScriptedBroker(saying(connack(0, { assignedClientIdentifier: 'pump-\u001b2' })));
      expect(await outcome(5)).toMatchObject({
        code: 'broker-denied',
        message: expect.stringContaining('as "pump-\\u{1b}2" in place of "pump-1"'),
      });
      await nothingIsLeft();
    });
  }
});

describe('a watch on an odd broker', () => {
  const gaps: string[] = [];
  const open = (mqttVersion: 4 | 5, signal = soon()) =>
    presenceOn(peer.broker, { clock: systemClock, random: systemRandomness, mqttVersion }).open(
      { clientIds: ['pump-1'], onEvent: ignore, onGap: (reason) => void gaps.push(reason) },
      signal,
    );
  afterEach(() => void gaps.splice(0));

  /** Accepts every CONNECT, and does with the SUBSCRIBE as told. */
  const accepting =
    (onSubscribe: (line: Line, messageId: number, filters: number) => void): Script =>
    (packet, line) => {
      if (packet.cmd === 'connect') line.send(ACCEPTED);
      if (packet.cmd === 'subscribe') onSubscribe(line, packet.messageId ?? 0, packet.subscriptions.length);
    };
  const granting = (...granted: number[]) =>
    accepting((line, messageId) => line.send({ cmd: 'suback', messageId, granted }));

  it.each([
    ['0x84, as 5 has it', connack(0x84)],
    ['code 1, as 3.1.1 has it', Buffer.from([0x20, 0x02, 0x00, 0x01])],
  ])('falls back to 3.1.1 where 5 is refused: %s', async (_, refusal) => {
    const grantingAll = granting(1, 1, 1);
    peer = await aScriptedBroker((packet, line) => {
      if (packet.cmd === 'connect' && line.version === 5) line.send(refusal);
      else grantingAll(packet, line);
    });
    const watch = await open(5);
    expect(watch.mqttVersion).toBe(4);
    expect(peer.connects.map(({ protocolVersion }) => protocolVersion)).toEqual([5, 4]);
    // AWS takes one CONNECT a second of each.
    expect(new Set(peer.connects.map(({ clientId }) => clientId)).size).toBe(2);
    expect(peer.connects.every(({ clientId }) => clientId.startsWith('evict-watch-'))).toBe(true);
    await watch[Symbol.asyncDispose]();
  });

  it('takes no silence for a refusal of the version', async () => {
    peer = await aScriptedBroker(onConnect(({ socket }) => socket.end()));
    await expect(open(5)).rejects.toMatchObject({ code: 'broker-refused' });
    expect(peer.connects).toHaveLength(1);
  });

  it.each(VERSIONS)('hears what comes before the SUBACK of version %d', async (version) => {
    const event = { clientId: 'pump-1', eventType: 'connected', principalIdentifier: 'p', timestamp: 1 };
    peer = await aScriptedBroker(
      accepting((line, messageId) =>
        line.send(publish(JSON.stringify(event)), { cmd: 'suback', messageId, granted: [1, 1, 1] }),
      ),
    );
    const heard: unknown[] = [];
    const order = { clientIds: ['pump-1'], onEvent: ({ raw }: { raw: unknown }) => heard.push(raw) };
    const tools = { clock: systemClock, random: systemRandomness, mqttVersion: version };
    const watch = await presenceOn(peer.broker, tools).open({ ...order, onGap: ignore }, soon());
    expect(heard).toEqual([event]);
    await watch[Symbol.asyncDispose]();
  });

  it.each<[string, 4 | 5, Script, code: string]>([
    ['one filter of three is refused', 4, granting(1, 0x80, 1), 'broker-refused'],
    ['one filter of three is not allowed', 5, granting(1, 1, 0x87), 'broker-refused'],
    ['it acknowledges fewer filters than there were', 5, granting(1), 'broker-refused'],
    ['it closes', 4, accepting(({ socket }) => socket.end()), 'broker-refused'],
    ['it says nothing', 4, accepting(ignore), 'timed-out'],
  ])('is none where %s, and that is no gap of one', async (_, version, script, code) => {
    peer = await aScriptedBroker(script);
    const limit = code === 'timed-out' ? AbortSignal.timeout(300) : soon();
    await expect(open(version, limit)).rejects.toMatchObject({ code });
    await nothingIsLeft();
    expect(gaps).toEqual([]);
  });

  it('that is cut as soon as it listens is never taken for one that goes on', async () => {
    peer = await aScriptedBroker(
      accepting((line, messageId) =>
        line.send({ cmd: 'suback', messageId, granted: [1, 1, 1] }, disconnect(0x98)),
      ),
    );
    const told = await open(5).then(
      () => eventually(() => gaps[0]),
      (error: unknown) => String(error),
    );
    expect(told).toMatch(/DISCONNECT 0x98|hung up/u);
    await nothingIsLeft();
  });

  it.each(VERSIONS)('hears its canary through a flood, over version %d', async (version) => {
    let watcher: Line | undefined;
    const flood = Array.from({ length: 20_000 }, () => publish('{"clientId":"pump-2"}'));
    const grantingAll = accepting((line, messageId, filters) => {
      watcher = line;
      line.send({ cmd: 'suback', messageId, granted: Array.from({ length: filters }, () => 1) });
    });
    peer = await aScriptedBroker((packet, line) => {
      grantingAll(packet, line);
      const { clientId } = line;
      if (packet.cmd !== 'connect' || !clientId.startsWith('evict-canary-')) return;
      const seen = { clientId, eventType: 'connected', principalIdentifier: 'responder', timestamp: 1 };
      watcher?.send(...flood, publish(JSON.stringify(seen)));
    });
    const watch = await open(version);
    await expect(watch.prove(soon())).resolves.toMatchObject({ principalIdentifier: 'responder' });
    await watch[Symbol.asyncDispose]();
    expect(gaps).toEqual([]);
  });
});
