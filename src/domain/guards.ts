import { ACTION_GUARDS } from './action-guards.ts';
import type { Guard, PlanFacts } from './action-guards.ts';
import { comparison } from './confirmation.ts';
import { shellQuoted } from './equivalent.ts';
import type { Blocker } from './plan.ts';
import { isHiddenClient } from './presence-event.ts';
import { principalOf, roleOf, samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';
import { printable } from './printable.ts';
import { areSiblings } from './siblings.ts';

/** Every blocker that stands in the way, in the order in which an operator would want to hear of them. */
export function blockersOf(facts: PlanFacts): Blocker[] {
  return GUARDS.map((guard) => guard(facts)).filter((blocker) => blocker !== undefined);
}

const protectedTarget: Guard = ({ request, sighting: { principal } }) =>
  protectedBy(request.protect, { clientId: request.clientId, principal });

/** What is never to be touched, by its client ID or its principal. */
export function protectedBy(
  protect: readonly string[],
  { clientId, principal }: { readonly clientId: string; readonly principal?: Principal | undefined },
): Blocker | undefined {
  const hit = protect.find((name) => name === clientId || (principal && names(name, principal)));
  return hit === undefined
    ? undefined
    : {
        code: 'protected',
        message: `"${printable(hit)}" is under protect: in the configuration and is never touched`,
      };
}

const principalMismatch: Guard = ({ request, sighting }) => {
  const wanted = request.principal;
  if (wanted === undefined || sighting.event === undefined || names(wanted, sighting.principal))
    return undefined;
  return {
    code: 'principal-mismatch',
    message: `principal "${printable(wanted)}" was never seen on this client; the latest seen is "${printable(sighting.principal.identifier)}"`,
  };
};

const severalPrincipals: Guard = ({ request, sighting }) => {
  const others = sighting.others.filter(({ responder }) => responder === undefined);
  if (request.principal !== undefined || others.length === 0) return undefined;
  const named = others.map(({ principal }) => `"${printable(principal.identifier)}"`).join(', ');
  return {
    code: 'several-principals',
    message: `this client was used by the latest, "${printable(sighting.principal.identifier)}", and by ${named}: the latest may be the victim of a hijack, or a colleague's test console`,
    lift: oneOf([sighting.principal, ...others.map(({ principal }) => principal)]),
  };
};

const severalCandidates: Guard = ({ request, sighting: { candidates = [], principal, thingName } }) => {
  if (request.principal !== undefined || candidates.length === 0) return undefined;
  const several = [principal, ...candidates];
  const all = several.map(({ identifier }) => `"${printable(identifier)}"`).join(', ');
  return {
    code: 'several-principals',
    message: `nobody was seen on this client, and thing ${printable(thingName ?? '')} has several principals, any of which may be behind it: ${all}`,
    lift: oneOf(several),
  };
};

/** Which of them is for the operator to say: one alone would be pasted. */
function oneOf(principals: readonly Principal[]): string {
  const some = principals
    .slice(0, MOST_NAMED)
    .map(({ identifier }) => `--principal ${shellQuoted(identifier)}`);
  const more = principals.length > MOST_NAMED ? ['--principal <another of them>'] : [];
  return [...some, ...more].join(' or ');
}

const MOST_NAMED = 5;

const ownPrincipal: Guard = ({ request, sighting, ownPrincipals }) => {
  const own = [...ownPrincipals, ...request.responders.map(principalOf)];
  if (request.allowOwn || !own.some((mine) => samePrincipal(mine, sighting.principal))) return undefined;
  return {
    code: 'own-principal',
    message: `"${printable(sighting.principal.identifier)}" is a responder's own principal: containing it would cut off the response`,
    lift: '--allow-own',
  };
};

const ownRole: Guard = ({ request, sighting, ownPrincipals }) => {
  const mine = ownPrincipals.find(
    (own) => own.kind === 'iam-role-session' && roleOf(own) === roleOf(sighting.principal),
  );
  if (request.allowOwn || mine === undefined || samePrincipal(mine, sighting.principal)) return undefined;
  return {
    code: 'own-role',
    message: `"${printable(sighting.principal.identifier)}" is another session of the role that you run as`,
    lift: '--allow-own',
  };
};

const sightingMismatch: Guard = (facts) =>
  facts.request.principal !== undefined || comparison(facts) !== 'older'
    ? undefined
    : {
        code: 'sighting-mismatch',
        message: `the connection that is open now began before the sighted one, so it may be that of somebody else than was sighted (${seenOn(facts)})`,
        lift: '--principal <id|arn>',
      };

function seenOn({ sighting: { principal, others } }: PlanFacts): string {
  const seen = [principal, ...others.map((other) => other.principal)];
  return `seen on this client: ${seen.map(({ identifier }) => `"${printable(identifier)}"`).join(', ')}`;
}

const certificateNotHere: Guard = ({ sighting, certificate }) =>
  certificate === 'not-here'
    ? {
        code: 'certificate-not-here',
        message: `no certificate ${printable(sighting.principal.identifier)} in this account and region; are they the right ones?`,
      }
    : undefined;

const sharedPrincipal: Guard = ({ request, actions, things, neighbourhood }) => {
  if (request.allowShared || actions.includes('none')) return undefined;
  const manyThings = things.known ? things.value.length > 1 : false;
  const strangers = neighbourhood.neighbours.filter(
    ({ clientId }) => !areSiblings(clientId, request.clientId),
  );
  if (!manyThings && strangers.length === 0) return undefined;
  const hit = [
    ...(things.known ? things.value.map((thing) => `thing ${thing}`) : []),
    ...strangers.map(({ clientId }) => `client ${clientId}`),
  ];
  return {
    code: 'shared-principal',
    message: `others use the same principal and would be cut off, too: ${hit.map(printable).join(', ')}`,
    lift: '--allow-shared',
  };
};

const blastRadiusUnknown: Guard = ({ request, actions, certificate, things }) =>
  request.allowShared || actions.includes('none') || typeof certificate === 'string' || things.known
    ? undefined
    : {
        code: 'blast-radius-unknown',
        message: `the things of this certificate could not be read (${things.why}), so who else would be cut off is not known`,
        lift: '--allow-shared',
      };

/** For want of events the connection API can prove a kick by API. */
const cannotProve: Guard = ({ request, connection }) => {
  const { requireProof, clientId, method } = request;
  if (!requireProof || !isHiddenClient(clientId)) return undefined;
  if ((method === 'api' || method === 'both') && connection.known) return undefined;
  return {
    code: 'cannot-prove',
    message:
      'AWS publishes no presence events for client IDs with "#" or "+", so the effect could not be proved',
    lift: connection.known ? '--method api, or leave out --require-proof' : 'leave out --require-proof',
  };
};

const GUARDS: readonly Guard[] = [
  protectedTarget,
  principalMismatch,
  severalPrincipals,
  severalCandidates,
  ownPrincipal,
  ownRole,
  sightingMismatch,
  certificateNotHere,
  ...ACTION_GUARDS,
  sharedPrincipal,
  blastRadiusUnknown,
  cannotProve,
];

/** Whether what an operator typed (an identifier or an ARN) names the principal. */
export function names(typed: string, principal: Principal): boolean {
  const named = principalOf(typed);
  // No event carries a Cognito identity's ID: the operator's word must do.
  if (named.identityId !== undefined) return principal.kind === 'cognito-identity';
  return typed === principal.arn || samePrincipal(named, principal);
}
