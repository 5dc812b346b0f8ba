import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { generate, parser } from 'mqtt-packet';
import type { IConnectPacket, Packet } from 'mqtt-packet';
import type { CertificateBroker } from '../../../src/adapters/mqtt/broker.ts';
import { createCertificateAuthority } from '../../../src/sandbox/identity/certificate-authority.ts';

/** One connection to the scripted broker. */
export type Line = {
  readonly socket: TLSSocket;
  readonly clientId: string;
  readonly version: number;
  /** In the version of MQTT that the client spoke, and in one piece. */
  send(...packets: (Packet | Buffer)[]): void;
};

/** What the broker does with each packet: nothing, unless it is told to. */
export type Script = (packet: Packet, line: Line) => void;

export type ScriptedBroker = AsyncDisposable & {
  readonly broker: CertificateBroker;
  /** Every CONNECT that came, and when. */
  readonly connects: (IConnectPacket & { readonly at: number })[];
  /** The TCP connections that are still there. */
  readonly open: () => number;
};

/** A broker on loopback, over TLS, that says what it is told to: what no honest broker says. */
export async function aScriptedBroker(script: Script, tls: TlsOptions = {}): Promise<ScriptedBroker> {
  const authority = await createCertificateAuthority();
  const [server, device] = await Promise.all([authority.issueServer(), authority.issueDevice()]);
  const connects: ScriptedBroker['connects'] = [];
  const identity = { cert: server.certificatePem, key: server.privateKeyPem };
  const listener = createServer({ ...identity, ...tls }, (socket) => serve(socket, script, connects));
  const wires = new Set<Socket>();
  listener.on('connection', (wire: Socket) => {
    wires.add(wire.on('error', () => undefined));
    wire.once('close', () => wires.delete(wire));
  });
  listener.on('tlsClientError', () => undefined);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  return {
    broker: {
      url: `mqtts://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
      identity: {
        cert: device.certificatePem,
        key: device.privateKeyPem,
        ca: authority.certificatePem,
        certificateId: device.certificateId,
      },
    },
    connects,
    open: () => wires.size,
    [Symbol.asyncDispose]: async () => {
      for (const wire of wires) wire.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

function serve(socket: TLSSocket, script: Script, connects: ScriptedBroker['connects']): void {
  let [clientId, version] = ['', 4];
  const packets = parser({ protocolVersion: 4 });
  const line: Line = {
    socket,
    get clientId() {
      return clientId;
    },
    get version() {
      return version;
    },
    send: (...told) =>
      void socket.write(
        Buffer.concat(
          told.map((one) => (Buffer.isBuffer(one) ? one : generate(one, { protocolVersion: version }))),
        ),
      ),
  };
  packets.on('packet', (packet) => {
    if (packet.cmd === 'connect') {
      [clientId, version] = [packet.clientId, packet.protocolVersion ?? 4];
      connects.push({ ...packet, at: Date.now() });
    }
    script(packet, line);
  });
  socket.on('error', () => undefined);
  socket.on('data', (piece: Buffer) => void packets.parse(piece));
}
