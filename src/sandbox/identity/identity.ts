import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { AccessKey } from './access-key.ts';

/** The two ends of a connection's socket. */
export type Peer = {
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly targetIp: string;
  readonly targetPort: number;
};

/** An IAM user or role session that asks for something. */
export type IamIdentity = { readonly kind: 'iam'; readonly key: AccessKey; readonly sourceIp: string };

/** A device that showed a registered certificate, and proved in the handshake that it holds the key. */
export type CertificateIdentity = {
  readonly kind: 'certificate';
  readonly arn: string;
  readonly certificate: X509Certificate;
  /** The host that it named in TLS (SNI). */
  readonly serverName?: string | undefined;
  readonly sourceIp: string;
};

/** Who is behind a connection: found before MQTT begins, by certificate or by signature. */
export type Identity = (IamIdentity | CertificateIdentity) & {
  /** As presence events call it: certificate ID, user ID or role session ID. */
  readonly principal: string;
  readonly peer: Peer;
};

export function peerOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): Peer {
  return {
    sourceIp: remoteAddress ?? '127.0.0.1',
    sourcePort: remotePort ?? 0,
    targetIp: localAddress ?? '127.0.0.1',
    targetPort: localPort ?? 0,
  };
}
