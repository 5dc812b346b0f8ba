import * as z from 'zod';

/** A thing's name (SDK): narrower than a client ID, so not every client can have a thing named like it. */
export const thingName = z
  .string()
  .max(128)
  .regex(/^[a-zA-Z0-9:_-]+$/u, 'not a thing name');

/** The control plane's memory. Every key may be chosen by a stranger, hence maps and sets only. */
export type Registry = {
  readonly certificates: Map<string, Certificate>;
  readonly policies: Map<string, Policy>;
  readonly things: Map<string, Thing>;
  /** Names of the policies attached to a target, by the target's ARN. */
  readonly policiesByTarget: Map<string, Set<string>>;
  /** Names of the things attached to a principal, by the principal's ARN. */
  readonly thingsByPrincipal: Map<string, Set<string>>;
};

export type CertificateStatus = 'ACTIVE' | 'INACTIVE' | 'REVOKED';

/** A status and since when, in epoch milliseconds. */
type StatusChange = { readonly status: CertificateStatus; readonly at: number };

export type Certificate = {
  readonly certificateId: string;
  readonly arn: string;
  readonly pem: string;
  /** Oldest first, never empty: the first is the creation. */
  readonly changes: readonly [StatusChange, ...StatusChange[]];
};

type Policy = { readonly name: string; readonly arn: string; readonly document: string };
export type Thing = { readonly name: string; readonly arn: string; readonly id: string };

export function createRegistry(): Registry {
  return {
    certificates: new Map(),
    policies: new Map(),
    things: new Map(),
    policiesByTarget: new Map(),
    thingsByPrincipal: new Map(),
  };
}

/** The status as the control plane answers it: a change shows there at once. */
export function currentStatus(certificate: Certificate): CertificateStatus {
  return statusAt(certificate, Number.POSITIVE_INFINITY);
}

/** The status as it was at a moment: how a broker sees it that learns of changes late. Before its creation, its first. */
export function statusAt(certificate: Certificate, moment: number): CertificateStatus {
  const change = certificate.changes.findLast(({ at }) => at <= moment);
  return (change ?? certificate.changes[0]).status;
}

/** Setting the status that it has already changes nothing: UpdateCertificate is idempotent (SDK). */
export function withStatus(certificate: Certificate, change: StatusChange): Certificate {
  if (currentStatus(certificate) === change.status) return certificate;
  return { ...certificate, changes: [...certificate.changes, change] };
}

/** Adds a name to the set that a key has, making the set when there is none. */
export function attach(
  attachments: Map<string, Set<string>>,
  { to, name }: { to: string; name: string },
): void {
  const names = attachments.get(to) ?? new Set();
  attachments.set(to, names.add(name));
}

/** Whether something can be attached to this ARN: a certificate that is registered here. */
export function hasTarget(registry: Registry, arn: string): boolean {
  const certificate = registry.certificates.get(arn.slice(arn.lastIndexOf('/') + 1));
  return certificate?.arn === arn;
}
