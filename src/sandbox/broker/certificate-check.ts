import type { X509Certificate } from 'node:crypto';
import type { Clock } from '../faults/clock.ts';
import type { Faults } from '../faults/faults.ts';
import { certificateIdOf } from '../identity/certificate-authority.ts';
import type { Peer } from '../identity/identity.ts';
import type { Refusal, RefusalReason } from '../logs/refusal-log.ts';
import { type Certificate, isActive, type Registry } from '../registry/registry.ts';
import { current } from '../registry/timeline.ts';

/** Handshakes that ended because of their certificate. At AWS nobody is told of these, unless its log of them is switched on. */
export type RefusedHandshake = {
  readonly certificateId: string;
  readonly count: number;
  readonly last: number;
};

/**
 * Whether a certificate is let in: by being registered, ACTIVE and within its validity, whoever issued it, as at AWS. Whom it
 * refuses is counted, and leaves no event: authentication fails before MQTT.
 */
export type CertificateCheck = {
  /** In the handshake, where the client ID is not known yet: refuses what would be refused under every client ID. */
  passesHandshake(knock: Knock): boolean;
  /** At CONNECT, when the delay for this client is known. */
  passes(knock: Knock, clientId: string): boolean;
  refused(): readonly RefusedHandshake[];
};

/** Who wants in, and from where. */
type Knock = {
  readonly certificate: X509Certificate;
  readonly peer: Peer;
  /** The host that the device named in TLS (SNI): without one, AWS does not know whose log to write it to. */
  readonly serverName?: string | undefined;
};

type Law = {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Hears of each refusal that AWS could log. */
  readonly onRefused: (refusal: Refusal) => void;
};

export function checkCertificates({ registry, clock, faults, onRefused }: Law): CertificateCheck {
  const refused = new Map<string, RefusedHandshake>();
  const passes = ({ certificate, peer, serverName }: Knock, delaysMs: readonly number[]) => {
    const certificateId = certificateIdOf(certificate.raw);
    const now = clock.now();
    const registered = registry.certificates.get(certificateId);
    const isSeenActive = delaysMs.some((delayMs) => isActive(registered, now - delayMs));
    if (isSeenActive && isWithinValidity(certificate, now)) return true;
    const count = (refused.get(certificateId)?.count ?? 0) + 1;
    refused.set(certificateId, { certificateId, count, last: now });
    const reason = isSeenActive ? 'NOT_AUTHENTICATED' : reasonFor(registered);
    if (serverName !== undefined) onRefused({ certificateId, reason, peer, at: now });
    return false;
  };
  return {
    passesHandshake: (knock) => passes(knock, faults.delaysMs('deactivation-delay')),
    passes: (knock, clientId) => passes(knock, [faults.delayMs('deactivation-delay', { client: clientId })]),
    refused: () => [...refused.values()],
  };
}

function reasonFor(certificate: Certificate | undefined): RefusalReason {
  if (certificate === undefined) return 'DEVICE_CERTIFICATE_NOT_REGISTERED';
  return current(certificate.status) === 'REVOKED'
    ? 'DEVICE_CERTIFICATE_REVOKED'
    : 'DEVICE_CERTIFICATE_INACTIVE';
}

function isWithinValidity({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}
