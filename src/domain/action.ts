import * as z from 'zod';
import { ATTACHED, DETACHED } from './change.ts';
import type { Change } from './change.ts';
import { principalKind } from './principal.ts';
import type { PrincipalKind } from './principal.ts';
import type { CertificateReading } from './cloud-ports.ts';

export const actionId = z.enum(['deactivate', 'revoke', 'detach', 'none']);
export type ActionId = z.infer<typeof actionId>;

/** What an action acts on, as it was read. */
export type ActionSubject = {
  /** Undefined where the principal is no certificate of this account. */
  readonly certificate?: CertificateReading | undefined;
  /** A certificate's ARN or a Cognito identity's ID: what policies are attached to. */
  readonly policyTarget?: string | undefined;
  /** The policies attached to it, and those to be detached: all, or those that were named. */
  readonly attached: readonly string[];
  readonly named: readonly string[];
};

/** One way to remove a principal's access. Plan, help, documentation and policies are made from these records. */
export interface Action {
  readonly id: ActionId;
  readonly summary: string;
  /** Kinds of principal that it can act on. */
  readonly principals: readonly PrincipalKind[];
  /** IAM actions that it needs, read-back included. */
  readonly permissions: readonly string[];
  /** IAM actions that its undo needs on top. */
  readonly undoPermissions: readonly string[];
  /** Whether `evict undo` can take it back. */
  readonly reversible: boolean;
  /** What takes it back, in words. */
  readonly inverse: string;
  /** How the effect is proved before the kick. */
  readonly readBack: string;
  /** How long new connections may still get in, in milliseconds: the quiet that is asked for after the kick. */
  readonly holdMs: number;
  /** The changes that carry it out; an empty list changes nothing. */
  readonly changes: (subject: ActionSubject) => readonly Change[];
}

const MINUTE = 60_000;

/** Every action there is, by its id. */
export const ACTIONS = {
  deactivate: {
    id: 'deactivate',
    summary: 'set the certificate INACTIVE: it can open no new connection until it is activated again',
    principals: ['certificate'],
    permissions: ['iot:UpdateCertificate', 'iot:DescribeCertificate'],
    undoPermissions: [],
    reversible: true,
    inverse: 'the status that it had before',
    readBack: 'DescribeCertificate says INACTIVE (or REVOKED)',
    holdMs: 3 * MINUTE,
    changes: (subject) => statusChange(subject, 'deactivate'),
  },
  revoke: {
    id: 'revoke',
    summary: 'set the certificate REVOKED, for good: no status can be set ever after',
    principals: ['certificate'],
    permissions: ['iot:UpdateCertificate', 'iot:DescribeCertificate'],
    undoPermissions: [],
    reversible: false,
    inverse: 'none: REVOKED is final',
    readBack: 'DescribeCertificate says REVOKED',
    holdMs: 3 * MINUTE,
    changes: (subject) => statusChange(subject, 'revoke'),
  },
  detach: {
    id: 'detach',
    summary: 'detach its policies (all, or those named with --policy): it may do nothing that they allowed',
    principals: ['certificate', 'cognito-identity'],
    permissions: [
      'iot:DetachPolicy',
      'iot:ListAttachedPolicies',
      'iot:GetEffectivePolicies',
      'iot:TestAuthorization',
    ],
    undoPermissions: ['iot:AttachPolicy'],
    reversible: true,
    inverse: 'the same policies attached again',
    readBack: 'ListAttachedPolicies does not list them any more',
    // AWS takes six to eight minutes until a policy's change is known everywhere.
    holdMs: 10 * MINUTE,
    changes: detachments,
  },
  none: {
    id: 'none',
    summary: 'kick only: the principal keeps its access and can come back at once',
    principals: principalKind.options,
    permissions: [],
    undoPermissions: [],
    reversible: true,
    inverse: 'nothing to take back',
    readBack: 'nothing to read back',
    holdMs: 10 * MINUTE,
    changes: () => [],
  },
} as const satisfies Record<ActionId, Action>;

/** The action that fits the kind when the operator names none; `undefined`: there is none, which is a blocker. */
export function defaultAction(kind: PrincipalKind): ActionId | undefined {
  if (kind === 'certificate') return 'deactivate';
  return kind === 'cognito-identity' ? 'detach' : undefined;
}

/** The actions that can do something about a principal of the kind. */
export function actionsFor(kind: PrincipalKind): readonly Action[] {
  return Object.values<Action>(ACTIONS).filter(({ principals }) => principals.includes(kind));
}

function statusChange({ certificate }: ActionSubject, step: 'deactivate' | 'revoke'): Change[] {
  if (certificate === undefined) return [];
  const { arn: target, certificateId, status: before } = certificate;
  const after = step === 'revoke' || before === 'REVOKED' ? 'REVOKED' : 'INACTIVE';
  return [{ kind: 'certificate-status', step, target, certificateId, before, after }];
}

/** A named policy that is not attached is "already so"; the plan says that, too. */
function detachments({ policyTarget: target, attached, named }: ActionSubject): Change[] {
  if (target === undefined) return [];
  return (named.length === 0 ? attached : named).map((policyName) => ({
    kind: 'policy-attachment',
    step: 'detach',
    target,
    policyName,
    before: attached.includes(policyName) ? ATTACHED : DETACHED,
    after: DETACHED,
  }));
}
