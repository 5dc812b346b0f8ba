import { ACTIONS } from './action.ts';
import type { ActionId } from './action.ts';
import type { Change } from './change.ts';
import { groupPolicies } from './policies-in-force.ts';
import type { Blocker } from './plan.ts';
import type { Principal } from './principal.ts';
import { printable } from './printable.ts';
import type { PlanReadings } from './readings.ts';

/** What the guards and the warnings look at: the readings, and what was settled on. */
export type PlanFacts = PlanReadings & {
  readonly actions: readonly ActionId[];
  readonly changes: readonly Change[];
};

/** Looks at the facts before anything is changed; what it returns stops the run. */
export type Guard = (facts: PlanFacts) => Blocker | undefined;

const noAction: Guard = ({ actions, sighting: { principal } }) => {
  const unfit = actions.find((action) => !kindsOf(action).includes(principal.kind));
  if (actions.length > 0 && unfit === undefined) return undefined;
  return blocked(
    unfit === undefined
      ? `no action of this version removes the access of ${describe(principal)}`
      : `the action ${unfit} cannot remove the access of ${describe(principal)}`,
  );
};

/** Detaching what is not attached would change nothing, and a contained principal would be claimed. */
const nothingToDetach: Guard = ({ actions, changes, certificate, policies, sighting: { principal } }) => {
  if (!isOnly(actions, 'detach') || certificate === 'not-here' || !policies.known || needsIdentity(principal))
    return undefined;
  if (detachesAny({ changes })) return undefined;
  const attached = policies.value.map((name) => printable(name)).join(', ') || 'none';
  return blocked(
    `none of the policies to detach is attached to ${describe(principal)} (attached: ${attached})`,
  );
};

/** What survives the detaching lets the client in again: that would be no containment. */
const survivingAccess: Guard = (facts) => {
  const { actions, connectsWithout } = facts;
  if (!isOnly(actions, 'detach') || !detachesAny(facts)) return undefined;
  if (connectsWithout?.known && !connectsWithout.value) return undefined;
  const [own, ofGroups] = [stayingPolicies(facts), groupPolicies(facts)];
  // Where that could not be tested, or cannot be (a Cognito identity), any policy that stays is reason enough.
  if (!connectsWithout?.known && own.length + ofGroups.length === 0) return undefined;
  const through =
    [
      ...(own.length === 0 ? [] : [`through the policies ${named(own)} that stay attached`]),
      ...(ofGroups.length === 0 ? [] : [`through the thing group policies ${named(ofGroups)}`]),
    ].join(' and ') || 'through policies that stay';
  return blocked(
    `the client could still connect ${through}: detaching alone removes no access; --action deactivate would`,
  );
};

const identityNeeded: Guard = ({ actions, sighting: { principal } }) =>
  actions.includes('detach') && needsIdentity(principal)
    ? {
        code: 'identity-needed',
        message:
          'events do not carry the ID of a Cognito identity, and all identities of a role look alike in them',
        lift: '--principal <region:uuid of the Cognito identity>',
      }
    : undefined;

const irreversible: Guard = ({ request, actions, certificate }) => {
  if (!actions.includes('revoke') || typeof certificate === 'string') return undefined;
  const { certificateId, status } = certificate;
  if (status === 'REVOKED' || request.confirmRevoke?.toLowerCase() === certificateId) return undefined;
  return {
    code: 'irreversible',
    message: `REVOKED is final: certificate ${certificateId} can never be used again, and there is no undo`,
    lift: `--confirm-revoke ${certificateId}`,
  };
};

export const ACTION_GUARDS: readonly Guard[] = [
  noAction,
  identityNeeded,
  nothingToDetach,
  survivingAccess,
  irreversible,
];

/** Attached to the principal itself, and not to be detached. */
function stayingPolicies({ policies, changes }: PlanFacts): readonly string[] {
  const leaving = new Set(
    changes.flatMap((one) => (one.kind === 'policy-attachment' ? [one.policyName] : [])),
  );
  return policies.known ? policies.value.filter((name) => !leaving.has(name)) : [];
}

function named(policies: readonly string[]): string {
  return policies.map((name) => printable(name)).join(', ');
}

function detachesAny({ changes }: Pick<PlanFacts, 'changes'>): boolean {
  return changes.some(({ before, after }) => before !== after);
}

function blocked(message: string): Blocker {
  return { code: 'no-action', message, lift: '--action none' };
}

function isOnly(actions: readonly ActionId[], id: ActionId): boolean {
  return actions.length > 0 && actions.every((action) => action === id);
}

function needsIdentity({ kind, identityId }: Principal): boolean {
  return kind === 'cognito-identity' && identityId === undefined;
}

function kindsOf(action: ActionId): readonly string[] {
  return ACTIONS[action].principals;
}

function describe({ kind, identifier, note }: Principal): string {
  return `${kind === 'unknown' ? 'a principal of unknown kind' : kind} "${printable(identifier)}"${note === undefined ? '' : ` (${note})`}`;
}
