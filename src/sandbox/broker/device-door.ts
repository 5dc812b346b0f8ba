import { createServer, type TLSSocket } from 'node:tls';
import { certificateArn } from '../identity/account.ts';
import { certificateIdOf, type Credential } from '../identity/certificate-authority.ts';
import { peerOf } from '../identity/identity.ts';
import { type Listening, listenOnLoopback } from '../listening.ts';
import type { Broker } from './broker.ts';
import type { CertificateCheck } from './certificate-check.ts';

export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** How a server asks devices for their certificate: any is taken here, and looked at afterwards, as at AWS. */
export function mutualTls(server: Credential) {
  return {
    cert: server.certificatePem,
    key: server.privateKeyPem,
    requestCert: true,
    rejectUnauthorized: false,
    noDelay: true, // small packets both ways: Nagle would hold each CONNACK back for 40 ms
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  };
}

/** The broker, and who may come to it by certificate. */
export type DeviceRoom = { readonly broker: Broker; readonly certificates: CertificateCheck };

/** MQTT for devices on a port of its own: AWS's 8883. */
export function startDeviceDoor(
  { room, server }: { room: DeviceRoom; server: Credential },
  port: number,
): Promise<Listening> {
  const listener = createServer(mutualTls(server), (socket) => receiveDevice(socket, room));
  return listenOnLoopback(listener, port);
}

/** The handshake has proved that the device holds the key of the certificate that it showed. */
export function receiveDevice(socket: TLSSocket, { broker, certificates }: DeviceRoom): void {
  const certificate = socket.getPeerX509Certificate();
  const peer = peerOf(socket);
  const serverName = socket.servername || undefined;
  if (certificate === undefined || !certificates.passesHandshake({ certificate, peer, serverName }))
    return drop(socket);
  const principal = certificateIdOf(certificate.raw);
  const arn = certificateArn(principal);
  const { sourceIp } = peer;
  broker.admit(socket, { kind: 'certificate', arn, certificate, serverName, principal, peer, sourceIp });
}

function drop(socket: TLSSocket): void {
  socket.on('error', () => {}); // the peer may be gone already; there is nobody to tell
  socket.destroy();
}
