import { ACTIONS, defaultAction } from './action.ts';
import type { ActionId, ActionSubject } from './action.ts';
import type { Change } from './change.ts';
import { confirmation } from './confirmation.ts';
import { equivalentCommands } from './equivalent.ts';
import { blockersOf } from './guards.ts';
import type { BlastRadius, EvictionPlan } from './plan.ts';
import { principalOf } from './principal.ts';
import type { Principal } from './principal.ts';
import type { Neighbourhood, PlanReadings } from './readings.ts';
import { holdMsOf } from './request.ts';
import type { EvictionRequest } from './request.ts';
import { siblingNeighbours } from './siblings.ts';
import { warningsOf } from './warnings.ts';

/** Decides what would be done. Pure: the same readings give the same plan. */
export function makePlan(read: PlanReadings): EvictionPlan {
  const neighbourhood = withSiblings(read);
  const readings = { ...read, neighbourhood };
  const { request, sighting } = readings;
  const principal = confirmedPrincipal(readings);
  const actions = actionsOf(request, principal);
  const changes = changesOf(actions, principal, readings);
  const facts = { ...readings, sighting: { ...sighting, principal }, actions, changes };
  return {
    clientId: request.clientId,
    principal,
    confirmed: confirmation(readings),
    actions: [...actions],
    method: request.method,
    changes,
    holdMs: holdMsOf(request, actions),
    blastRadius: blastRadiusOf(readings),
    neighbours: [...neighbourhood.neighbours],
    blockers: blockersOf(facts),
    warnings: warningsOf(facts),
    equivalent: equivalentCommands(request, changes, readings.commands),
  };
}

/** The other clients that were seen, and the siblings as they are now: of one that is both, the reading is the newer. */
function withSiblings({ neighbourhood, siblings, things }: PlanReadings): Neighbourhood {
  const { found, readAt } = siblings;
  const known = siblingNeighbours(found, { things: things.known ? things.value : undefined, readAt });
  const names = new Set(known.map(({ clientId }) => clientId));
  const others = neighbourhood.neighbours.filter(({ clientId }) => !names.has(clientId));
  return { ...neighbourhood, neighbours: [...others, ...known] };
}

/** What was asked for, or what fits the principal. */
export function actionsOf({ actions }: EvictionRequest, { kind }: Principal): readonly ActionId[] {
  if (actions.length > 0) return actions;
  const fitting = defaultAction(kind);
  return fitting === undefined ? [] : [fitting];
}

/** Only DescribeCertificate makes 64 hex digits a certificate, and gives it its ARN; an operator names Cognito's identity. */
function confirmedPrincipal({ request, sighting, certificate }: PlanReadings): Principal {
  const { principal } = sighting;
  if (typeof certificate !== 'string') return { ...principal, arn: certificate.arn };
  return principal.kind === 'cognito-identity' && request.principal !== undefined
    ? { ...principal, ...identityNamed(request.principal) }
    : principal;
}

function identityNamed(principal: string): Pick<Principal, 'identityId'> {
  const { identityId } = principalOf(principal);
  return identityId === undefined ? {} : { identityId };
}

function changesOf(actions: readonly ActionId[], principal: Principal, readings: PlanReadings): Change[] {
  const { request, certificate, policies } = readings;
  const subject: ActionSubject = {
    certificate: typeof certificate === 'string' ? undefined : certificate,
    policyTarget: principal.kind === 'certificate' ? certificateArn(readings) : principal.identityId,
    attached: policies.known ? policies.value : [],
    named: request.policies,
  };
  return actions.flatMap((action) => [...ACTIONS[action].changes(subject)]);
}

function certificateArn({ certificate }: PlanReadings): string | undefined {
  return typeof certificate === 'string' ? undefined : certificate.arn;
}

function blastRadiusOf({ request, neighbourhood, things, policies }: PlanReadings): BlastRadius {
  const { neighbours, since } = neighbourhood;
  return {
    things: things.known ? [...things.value] : [],
    clients: [request.clientId, ...neighbours.map(({ clientId }) => clientId)],
    policies: policies.known ? [...policies.value] : [],
    known: {
      things: things.known ? 'complete' : 'unknown',
      clients: since === undefined ? 'unknown' : `since ${new Date(since).toISOString()}`,
    },
  };
}
