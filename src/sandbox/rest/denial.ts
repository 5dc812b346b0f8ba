import type { IamIdentity } from '../identity/identity.ts';
import { type Access, decideByIam } from '../policy/authorize.ts';

/** In IAM's words, why the caller's policies do not allow something; `undefined`, where they do. */
export function denialOf(identity: IamIdentity, { action, resource }: Access): string | undefined {
  const decision = decideByIam(identity, { action, resource });
  if (decision === 'allowed') return undefined;
  const what = `User: ${identity.key.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  return decision === 'explicit-deny'
    ? `${what} with an explicit deny in an identity-based policy`
    : `${what} because no identity-based policy allows the ${action} action`;
}
