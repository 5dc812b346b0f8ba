import * as z from 'zod';

/**
 * One change of access, as a value: what is changed, from what, to what. Its inverse is the same change the other way
 * round, so undo goes down the same road. A further kind (a policy's attachment, say) is a further member of this union.
 */
export const change = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('certificate-status'),
    /** The step's name in the plan, the record and the documents. */
    step: z.enum(['deactivate', 'activate']),
    /** ARN, for people and documents. */
    target: z.string(),
    certificateId: z.string(),
    before: z.string(),
    after: z.string(),
  }),
]);

export type Change = z.infer<typeof change>;

/** What puts the target back as it was. */
export function inverseOf(done: Change): Change {
  switch (done.kind) {
    case 'certificate-status':
      return {
        ...done,
        step: done.step === 'deactivate' ? 'activate' : 'deactivate',
        before: done.after,
        after: done.before,
      };
  }
}

/** Whether the state that was read back fulfils the change. REVOKED is final and cuts off as INACTIVE does, and more. */
export function isFulfilled(wanted: Change, state: string): boolean {
  return state === wanted.after || (wanted.after === 'INACTIVE' && state === 'REVOKED');
}
