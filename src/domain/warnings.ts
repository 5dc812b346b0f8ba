import type { PlanFacts } from './action-guards.ts';
import { WINDOW_MS } from './history-window.ts';
import { KICK_CAUTIONS, sightingUnconfirmed } from './kick-warnings.ts';
import type { Caution } from './kick-warnings.ts';
import { NAME_CAUTIONS } from './name-warnings.ts';
import { groupPolicies, mintingPolicies } from './policies-in-force.ts';
import type { Warning } from './plan.ts';
import { printable } from './printable.ts';
import { SEEN_BY_KICK } from './sighting.ts';

/** All that an operator should know before the client ID is taken over. */
export function warningsOf(facts: PlanFacts): Warning[] {
  return CAUTIONS.map((caution) => caution(facts)).filter((warning) => warning !== undefined);
}

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

/** Events name the role of a Cognito identity, and no more: they cannot tell one of its identities from another. */
const identityUnproved: Caution = ({ actions, sighting: { principal } }) =>
  principal.identityId === undefined || !actions.includes('detach')
    ? undefined
    : {
        code: 'identity-unproved',
        message: `that "${printable(principal.identityId)}" is behind this client is the operator's word: in events, all identities of its role look alike`,
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

const candidateOnly: Caution = ({ sighting: { candidates, thingName } }) =>
  candidates === undefined
    ? undefined
    : {
        code: 'candidate-only',
        message: `nobody was seen on this client: its principal is taken for the one behind it because it belongs to thing ${printable(thingName ?? '')}`,
      };

/** Nothing that was asked for is silently left out. */
const kickNotNeeded: Caution = ({ request, sighting }) =>
  !request.identifyByKick || sighting.source === SEEN_BY_KICK
    ? undefined
    : {
        code: 'identified-without-kick',
        message: `--identify-by-kick was not needed, and nobody was kicked for it: ${
          sighting.source === 'operator' ? '--principal names the principal' : 'the sources have a sighting'
        }`,
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

/** Silence about a client that connected before the history began is no answer. */
const youngHistory: Caution = ({ actions, neighbourhood: { since }, now }) =>
  actions.includes('none') || since === undefined || since <= now - WINDOW_MS
    ? undefined
    : {
        code: 'young-history',
        message: `the events of other clients are known since ${new Date(since).toISOString()} only: one that connected before may be connected still, with the same principal, and would not be named (a connection may live for 15 days)`,
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
  sightingUnconfirmed,
  ...NAME_CAUTIONS,
  notACertificateId,
  otherActivePrincipals,
  candidateOnly,
  kickNotNeeded,
  noClientHistory,
  youngHistory,
  otherThing,
  policiesUnknown,
  responderUnknown,
  effectiveUnknown,
  authorizationUntested,
  accessThroughThingGroup,
  identityUnproved,
  canMintCredentials,
  ...KICK_CAUTIONS,
];
