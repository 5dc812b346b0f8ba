import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { doorTo } from '../../src/adapters/mqtt/broker.ts';
import { openConnection } from '../../src/adapters/mqtt/connection.ts';
import { aScriptedBroker } from '../adapters/mqtt/a-scripted-broker.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, connectedAs } from './a-scene.ts';
import { aHome, evictionOf, type Home } from './run.ts';

/** AWS IoT tells MQTT by certificate from HTTPS on port 443 by this protocol name. */
const ALPN = 'x-amzn-mqtt-ca';

let home: Home;
beforeAll(async () => {
  home = await aHome();
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

/** A sandbox whose data door is where AWS's is. Loudly `undefined` where that port cannot be had; under CI, that fails. */
async function aSandboxOn443(): Promise<TestSandbox | undefined> {
  try {
    return await aSandbox({ ports: { wss: 443 } });
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    process.stderr.write(
      `SKIPPED: port 443 cannot be had here (${String(error)}): ALPN was not tried on it\n`,
    );
    return undefined;
  }
}

describe('MQTT by certificate', () => {
  it('on port 443 asks for its protocol by ALPN, without which the door speaks HTTPS, and evicts', async () => {
    const sandbox = await aSandboxOn443();
    if (sandbox === undefined) return;
    await using _ = sandbox;
    await using client = await aConnectedClient(sandbox, { clientId: 'by-alpn' });
    const words = ['--config', sandbox.config, '--events', client.events, '--yes', '--json', '--hold', '0'];
    const ended = await home.run([client.clientId, ...words, '--mqtt-url', 'mqtts://localhost:443']);
    expect(evictionOf(ended)).toMatchObject({ verdict: 'evicted', proof: { by: 'sessionIdentifier' } });
    expect(connectedAs(sandbox, client.clientId)).toEqual([]);
  });

  it.each([
    ['mqtts://localhost:443', [ALPN]],
    ['mqtts://localhost:8883', undefined],
    ['mqtts://localhost', undefined],
  ])('at %s asks for %j', async (url, protocols) => {
    const identity = { cert: '', key: '', certificateId: '' };
    const { options } = await doorTo({ url, identity }, AbortSignal.abort());
    expect(options.ALPNProtocols).toEqual(protocols);
  });

  it.each([
    ['localhost', 'localhost'],
    ['127.0.0.1', false],
  ])('names the host in TLS, %s as %j, and no protocol on another port', async (host, servername) => {
    const heard: unknown[] = [];
    await using peer = await aScriptedBroker(
      (packet, { socket }) => {
        if (packet.cmd !== 'connect') return;
        heard.push({ servername: Reflect.get(socket, 'servername'), protocol: socket.alpnProtocol });
        socket.end();
      },
      { ALPNProtocols: [ALPN] },
    );
    const { url, identity } = peer.broker;
    const at = { url: url.replace('127.0.0.1', host), identity };
    const order = { clientId: 'c', mqttVersion: 4 as const, onLost: () => undefined };
    await expect(openConnection(at, order, AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'broker-refused',
    });
    expect(heard).toEqual([{ servername, protocol: false }]);
  });
});
