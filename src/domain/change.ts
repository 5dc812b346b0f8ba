import * as z from 'zod';

/** A certificate's status, which UpdateCertificate sets. */
const certificateStatus = z.object({
  kind: z.literal('certificate-status'),
  /** The step's name in the plan, the record and the documents. */
  step: z.enum(['deactivate', 'revoke', 'activate']),
  /** ARN, for people and documents. */
  target: z.string(),
  certificateId: z.string(),
  before: z.string(),
  after: z.string(),
});

/** Whether one policy is attached to a principal, which AttachPolicy and DetachPolicy change. */
const policyAttachment = z.object({
  kind: z.literal('policy-attachment'),
  step: z.enum(['detach', 'attach']),
  /** A certificate's ARN, or the ID of a Cognito identity. */
  target: z.string(),
  policyName: z.string(),
  before: z.string(),
  after: z.string(),
});

/**
 * One change of access, as a value: what is changed, from what, to what. Its inverse is the same change the other way
 * round, so undo goes down the same road. A further kind is a further member of this union.
 */
export const change = z.discriminatedUnion('kind', [certificateStatus, policyAttachment]);

export type Change = z.infer<typeof change>;

/** The two states of an attachment. */
export const ATTACHED = 'attached';
export const DETACHED = 'detached';

/** The state of what is not in this account and region. */
export const NOT_FOUND = 'NOT FOUND';

/** What puts the target back as it was. */
export function inverseOf(done: Change): Change {
  const turned = { before: done.after, after: done.before };
  switch (done.kind) {
    case 'certificate-status':
      return { ...done, ...turned, step: done.step === 'activate' ? 'deactivate' : 'activate' };
    case 'policy-attachment':
      return { ...done, ...turned, step: done.step === 'detach' ? 'attach' : 'detach' };
  }
}

/** Whether the state that was read back fulfils the change. REVOKED is final, cuts off as INACTIVE does, and gives nothing back. */
export function isFulfilled(wanted: Change, state: string): boolean {
  return (
    state === wanted.after ||
    (wanted.step === 'deactivate' && wanted.after === 'INACTIVE' && state === 'REVOKED')
  );
}

/** A key that is equal for two changes of the same thing, in whichever direction. */
export function subjectOf(of: Change): string {
  return of.kind === 'policy-attachment' ? `${of.target} ${of.policyName}` : of.target;
}

/** What a change is about, for people. */
export function describeSubject(of: Change): string {
  return of.kind === 'policy-attachment' ? `policy ${of.policyName} on ${of.target}` : of.target;
}
