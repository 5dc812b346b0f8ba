import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer } from 'node:tls';
import type { Credential } from '../identity/certificate-authority.ts';
import { type Listening, listenOnLoopback } from '../listening.ts';
import { type DeviceRoom, HANDSHAKE_TIMEOUT_MS, mutualTls, receiveDevice } from './device-door.ts';
import { acceptWebSockets, type Signers } from './websocket.ts';

/** The protocol name by which a device asks for MQTT on a port that also speaks HTTPS. (Developer Guide, "Device communication protocols") */
const MQTT_BY_CERTIFICATE = 'x-amzn-mqtt-ca';

type DataDoor = {
  readonly room: DeviceRoom;
  readonly server: Credential;
  readonly signers: Signers;
  readonly rest: RequestListener;
};

/** AWS's 443: MQTT by certificate for who asks for it with ALPN, otherwise HTTPS with the data plane and MQTT over WebSocket. */
export function startDataDoor({ room, server, signers, rest }: DataDoor, port: number): Promise<Listening> {
  const http = createHttpServer({ requestTimeout: HANDSHAKE_TIMEOUT_MS }, rest);
  acceptWebSockets(http, { broker: room.broker, signers });
  const listener = createServer({
    ...mutualTls(server),
    ALPNProtocols: [MQTT_BY_CERTIFICATE, 'http/1.1'],
  });
  listener.on('secureConnection', (socket) => {
    if (socket.alpnProtocol === MQTT_BY_CERTIFICATE) receiveDevice(socket, room);
    else http.emit('connection', socket);
  });
  return listenOnLoopback(listener, port);
}
