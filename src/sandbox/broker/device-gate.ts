import type { X509Certificate } from 'node:crypto';
import { createServer, type TLSSocket } from 'node:tls';
import type { Broker } from './broker.ts';
import { certificateIdOf, type Credential } from '../identity/certificate-authority.ts';
import { type Listening, listenOnLoopback } from '../listening.ts';
import { statusAt, type Registry } from '../registry/registry.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Handshakes that ended because of their certificate. At AWS nobody is told of these. */
export type RefusedHandshake = {
  readonly certificateId: string;
  readonly count: number;
  readonly last: number;
};

type GateOptions = {
  readonly broker: Broker;
  readonly registry: Registry;
  readonly server: Credential;
  readonly refused: Map<string, RefusedHandshake>;
  /** How old the gate's view of a certificate's status is. */
  readonly propagationDelayMs: number;
  readonly port: number;
};

/**
 * mTLS for devices. A certificate is let in by being registered and ACTIVE, whoever issued it, as at AWS; the handshake has
 * proved that the device holds its key. Any other is dropped before MQTT, so that it leaves no presence event.
 */
export function startDeviceGate(options: GateOptions): Promise<Listening> {
  const server = createServer({
    cert: options.server.certificatePem,
    key: options.server.privateKeyPem,
    requestCert: true,
    rejectUnauthorized: false,
    noDelay: true, // small packets both ways: Nagle would hold each CONNACK back for 40 ms
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  server.on('secureConnection', (socket) => receive(socket, options));
  return listenOnLoopback(server, options.port);
}

function receive(socket: TLSSocket, options: GateOptions): void {
  const certificate = socket.getPeerX509Certificate();
  const principal = certificate === undefined ? undefined : certificateIdOf(certificate.raw);
  const now = Date.now();
  if (certificate === undefined || principal === undefined) drop(socket);
  else if (isAccepted(certificate, { principal, now, options })) {
    options.broker.admit(socket, { principal, ipAddress: socket.remoteAddress ?? '127.0.0.1' });
  } else {
    const count = (options.refused.get(principal)?.count ?? 0) + 1;
    options.refused.set(principal, { certificateId: principal, count, last: now });
    drop(socket);
  }
}

function isAccepted(
  certificate: X509Certificate,
  { principal, now, options }: { principal: string; now: number; options: GateOptions },
): boolean {
  const registered = options.registry.certificates.get(principal);
  const valid = Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
  return (
    registered !== undefined && valid && statusAt(registered, now - options.propagationDelayMs) === 'ACTIVE'
  );
}

function drop(socket: TLSSocket): void {
  socket.on('error', () => {}); // the peer may be gone already; there is nobody to tell
  socket.destroy();
}
