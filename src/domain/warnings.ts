import type { PlanFacts } from './action-guards.ts';
import { commandToEvict } from './evict-command.ts';
import { KICK_CAUTIONS } from './kick-warnings.ts';
import type { Caution } from './kick-warnings.ts';
import { groupPolicies, mintingPolicies } from './policies-in-force.ts';
import { isHiddenClient } from './presence-event.ts';
import type { Warning } from './plan.ts';
import { printable } from './printable.ts';
import type { Method } from './request.ts';
import { areSiblings, namedWithState } from './siblings.ts';

/** All that an operator should know before the client ID is taken over. */
export function warningsOf(facts: PlanFacts): Warning[] {
  return CAUTIONS.map((caution) => caution(facts)).filter((warning) => warning !== undefined);
}

const hiddenClient: Caution = ({ request: { clientId, method } }) =>
  isHiddenClient(clientId)
    ? {
        code: 'hidden-client',
        message: `AWS publishes no presence events for client IDs with "#" or "+" ("${printable(clientId)}"): ${PROVABLE[method]}`,
      }
    : undefined;

/** For want of events, GetConnection alone can show anything, and after a takeover it would show ourselves. */
const PROVABLE: Readonly<Record<Method, string>> = {
  takeover:
    'the takeover drops it, which nothing can prove; --method api or both can be proved, by GetConnection',
  api: 'that the API dropped it, only GetConnection can prove',
  both: 'that the API dropped it, only GetConnection can prove, asked between the call and the takeover',
  none: 'that it went, only GetConnection can show',
};

const siblings: Caution = ({ request: { clientId }, actions, neighbourhood, sighting }) => {
  const some = neighbourhood.neighbours.filter((one) => areSiblings(one.clientId, clientId));
  const one = some.find(({ state }) => state === 'connected') ?? some[0];
  if (one === undefined) return undefined;
  const reach = actions.includes('none') ? '' : ' and lose access with it';
  const command = commandToEvict(one.clientId, sighting.principal.identifier);
  return {
    code: 'greengrass-siblings',
    message: `by their names, these are other connections of the same Greengrass core: ${namedWithState(some)}; they share its certificate by design${reach}, and each is kicked by a run of its own: ${command}`,
  };
};

const siblingsUnknown: Caution = ({ siblings: { why } }) =>
  why === undefined
    ? undefined
    : {
        code: 'siblings-unknown',
        message: `whether a Greengrass core has other connections (named like the client, with #2, #3, …) could not be read: ${why}`,
      };

const notACertificateId: Caution = ({ sighting: { principal } }) =>
  principal.note === undefined
    ? undefined
    : {
        code: 'unknown-principal',
        message: `principal "${printable(principal.identifier)}": ${principal.note}`,
      };

const effectiveUnknown: Caution = ({ effective, certificate }) =>
  effective.known || typeof certificate === 'string'
    ? undefined
    : {
        code: 'effective-policies-unknown',
        message: `what the certificate may do through thing groups could not be read: ${effective.why}`,
      };

const authorizationUntested: Caution = ({ connectsWithout }) =>
  connectsWithout === undefined || connectsWithout.known
    ? undefined
    : {
        code: 'authorization-unknown',
        message: `whether the client could still connect without those policies could not be tested: ${connectsWithout.why}`,
      };

const accessThroughThingGroup: Caution = (facts) => {
  const surviving = groupPolicies(facts);
  if (!facts.actions.includes('detach') || surviving.length === 0) return undefined;
  return {
    code: 'access-through-thing-group',
    message: `these policies come from thing groups and stay: ${surviving.map((name) => printable(name)).join(', ')}`,
  };
};

/** Credentials that were traded for the certificate live on for up to twelve hours. (AWS IoT, "Authorizing direct calls") */
const canMintCredentials: Caution = (facts) => {
  const minting = mintingPolicies(facts).map((name) => printable(name));
  if (facts.actions.includes('none') || minting.length === 0) return undefined;
  return {
    code: 'can-mint-credentials',
    message: `policy ${minting.join(', ')} lets it trade the certificate for AWS credentials: those that it already has may live for up to 12 hours`,
  };
};

const otherActivePrincipals: Caution = ({ request, sighting }) => {
  const others = sighting.others.filter(({ responder }) => responder === undefined);
  if (request.principal === undefined || others.length === 0) return undefined;
  const named = others.map(({ principal }) => `"${printable(principal.identifier)}"`).join(', ');
  return {
    code: 'other-active-principals',
    message: `not contained by this run, but seen on this client: ${named}`,
  };
};

const noClientHistory: Caution = ({ actions, neighbourhood, sighting }) =>
  actions.includes('none') || neighbourhood.since !== undefined
    ? undefined
    : {
        code: 'no-client-history',
        message: `${
          sighting.principal.kind === 'cognito-identity'
            ? 'events do not tell the Cognito identities of a role apart'
            : 'the sources hold events of this client only'
        }, so other clients of the same principal are not known`,
      };

const otherThing: Caution = ({ request, things }) =>
  things.known && things.value.length === 1 && things.value[0] !== request.clientId
    ? {
        code: 'other-thing',
        message: `the certificate belongs to thing ${printable(things.value[0] ?? '')}, which is not named like the client`,
      }
    : undefined;

const policiesUnknown: Caution = ({ policies, certificate }) =>
  policies.known || typeof certificate === 'string'
    ? undefined
    : {
        code: 'policies-unknown',
        message: `the policies of the certificate could not be read: ${policies.why}`,
      };

const responderUnknown: Caution = ({ caller }) =>
  caller.known
    ? undefined
    : { code: 'responder-unknown', message: `who runs this could not be read: ${caller.why}` };

const CAUTIONS: readonly Caution[] = [
  hiddenClient,
  siblings,
  siblingsUnknown,
  notACertificateId,
  otherActivePrincipals,
  noClientHistory,
  otherThing,
  policiesUnknown,
  responderUnknown,
  effectiveUnknown,
  authorizationUntested,
  accessThroughThingGroup,
  canMintCredentials,
  ...KICK_CAUTIONS,
];
