import * as z from 'zod';
import type { Change } from './change.ts';
import { principalKind } from './principal.ts';
import type { PrincipalKind } from './principal.ts';
import type { CertificateReading } from './ports.ts';

export const actionId = z.enum(['deactivate', 'none']);
export type ActionId = z.infer<typeof actionId>;

/** One way to remove a principal's access. Plan, help and documentation are made from these records. */
export interface Action {
  readonly id: ActionId;
  readonly summary: string;
  /** Kinds of principal that it can act on. */
  readonly principals: readonly PrincipalKind[];
  /** IAM actions that it needs, read-back included. */
  readonly permissions: readonly string[];
  /** Whether `evict undo` can take it back. */
  readonly reversible: boolean;
  /** How the effect is proved before the kick. */
  readonly readBack: string;
  /** The changes that carry it out on this certificate; an empty list changes nothing. */
  readonly changes: (certificate: CertificateReading) => readonly Change[];
}

/** Every action there is, by its id. */
export const ACTIONS = {
  deactivate: {
    id: 'deactivate',
    summary: 'set the certificate INACTIVE: it can open no new connection until it is activated again',
    principals: ['certificate'],
    permissions: ['iot:UpdateCertificate', 'iot:DescribeCertificate'],
    reversible: true,
    readBack: 'DescribeCertificate says INACTIVE (or REVOKED)',
    changes: (certificate) => [
      {
        kind: 'certificate-status',
        step: 'deactivate',
        target: certificate.arn,
        certificateId: certificate.certificateId,
        before: certificate.status,
        after: certificate.status === 'REVOKED' ? 'REVOKED' : 'INACTIVE',
      },
    ],
  },
  none: {
    id: 'none',
    summary: 'kick only: the principal keeps its access and can come back at once',
    principals: principalKind.options,
    permissions: [],
    reversible: true,
    readBack: 'nothing to read back',
    changes: () => [],
  },
} as const satisfies Record<ActionId, Action>;

/** The action that fits the kind when the operator names none; `undefined`: there is none, which is a blocker. */
export function defaultAction(kind: PrincipalKind): ActionId | undefined {
  return kind === 'certificate' ? 'deactivate' : undefined;
}
