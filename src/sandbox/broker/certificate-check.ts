import type { X509Certificate } from 'node:crypto';
import type { Clock } from '../faults/clock.ts';
import type { Faults } from '../faults/faults.ts';
import { certificateIdOf } from '../identity/certificate-authority.ts';
import { isActive, type Registry } from '../registry/registry.ts';

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
  passesHandshake(certificate: X509Certificate): boolean;
  /** At CONNECT, when the delay for this client is known. */
  passes(certificate: X509Certificate, clientId: string): boolean;
  refused(): readonly RefusedHandshake[];
};

type Law = { readonly registry: Registry; readonly clock: Clock; readonly faults: Faults };

export function checkCertificates({ registry, clock, faults }: Law): CertificateCheck {
  const refused = new Map<string, RefusedHandshake>();
  const passes = (certificate: X509Certificate, delaysMs: readonly number[]) => {
    const certificateId = certificateIdOf(certificate.raw);
    const now = clock.now();
    const registered = registry.certificates.get(certificateId);
    const isSeenActive = delaysMs.some((delayMs) => isActive(registered, now - delayMs));
    if (isSeenActive && isWithinValidity(certificate, now)) return true;
    const count = (refused.get(certificateId)?.count ?? 0) + 1;
    refused.set(certificateId, { certificateId, count, last: now });
    return false;
  };
  return {
    passesHandshake: (certificate) => passes(certificate, faults.delaysMs('deactivation-delay')),
    passes: (certificate, clientId) =>
      passes(certificate, [faults.delayMs('deactivation-delay', { client: clientId })]),
    refused: () => [...refused.values()],
  };
}

function isWithinValidity({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}
