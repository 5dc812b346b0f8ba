import { ACTIONS } from './action.ts';
import type { ActionId } from './action.ts';
import { shellQuoted } from './equivalent.ts';
import type { Blocker } from './plan.ts';
import { isHiddenClient } from './presence-event.ts';
import { principalOf, roleOf, samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';
import { printable } from './printable.ts';
import type { PlanReadings } from './readings.ts';

/** What the guards and the warnings look at: the readings, and the action that was settled on. */
export type PlanFacts = PlanReadings & { readonly action: ActionId | undefined };

/** Looks at the facts before anything is changed; what it returns stops the run. */
type Guard = (facts: PlanFacts) => Blocker | undefined;

/** Every blocker that stands in the way, in the order in which an operator would want to hear of them. */
export function blockersOf(facts: PlanFacts): Blocker[] {
  return GUARDS.map((guard) => guard(facts)).filter((blocker) => blocker !== undefined);
}

const protectedTarget: Guard = ({ request, sighting: { principal } }) => {
  const hit = request.protect.find((name) => name === request.clientId || names(name, principal));
  return hit === undefined
    ? undefined
    : {
        code: 'protected',
        message: `"${printable(hit)}" is under protect: in the configuration and is never touched`,
      };
};

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
    message: `this client was also used by ${named}: the latest may be the victim of a hijack, or a colleague's test console`,
    lift: `--principal ${shellQuoted(sighting.principal.identifier)}`,
  };
};

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

const certificateNotHere: Guard = ({ sighting, certificate }) =>
  certificate === 'not-here'
    ? {
        code: 'certificate-not-here',
        message: `no certificate ${printable(sighting.principal.identifier)} in this account and region; are they the right ones?`,
      }
    : undefined;

const noAction: Guard = ({ action, sighting: { principal } }) => {
  const fits = action !== undefined && kindsOf(action).includes(principal.kind);
  if (fits) return undefined;
  const what = action === undefined ? 'no action of this version' : `the action ${action} cannot`;
  return {
    code: 'no-action',
    message: `${what} ${action === undefined ? 'removes' : 'remove'} the access of ${describe(principal)}`,
    lift: '--action none',
  };
};

const sharedPrincipal: Guard = ({ request, action, things, neighbourhood }) => {
  if (request.allowShared || action === 'none') return undefined;
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

const blastRadiusUnknown: Guard = ({ request, action, certificate, things }) =>
  request.allowShared || action === 'none' || typeof certificate === 'string' || things.known
    ? undefined
    : {
        code: 'blast-radius-unknown',
        message: `the things of this certificate could not be read (${things.why}), so who else would be cut off is not known`,
        lift: '--allow-shared',
      };

const cannotProve: Guard = ({ request }) =>
  request.requireProof && isHiddenClient(request.clientId)
    ? {
        code: 'cannot-prove',
        message:
          'AWS publishes no presence events for client IDs with "#" or "+", so the effect could not be proved',
        lift: 'leave out --require-proof',
      }
    : undefined;

const GUARDS: readonly Guard[] = [
  protectedTarget,
  principalMismatch,
  severalPrincipals,
  ownPrincipal,
  ownRole,
  certificateNotHere,
  noAction,
  sharedPrincipal,
  blastRadiusUnknown,
  cannotProve,
];

/** A Greengrass core opens `core#2`, `core#3`, … beside `core`: one device, not several. */
function areSiblings(one: string, other: string): boolean {
  return coreOf(one) === coreOf(other);
}

/** Whether what an operator typed (an identifier or an ARN) names the principal. */
export function names(typed: string, principal: Principal): boolean {
  return typed === principal.arn || samePrincipal(principalOf(typed), principal);
}

function coreOf(clientId: string): string {
  return clientId.replace(/#\d+$/u, '');
}

function kindsOf(action: ActionId): readonly string[] {
  return ACTIONS[action].principals;
}

function describe({ kind, identifier, note }: Principal): string {
  return `${kind === 'unknown' ? 'a principal of unknown kind' : kind} "${printable(identifier)}"${note === undefined ? '' : ` (${note})`}`;
}
