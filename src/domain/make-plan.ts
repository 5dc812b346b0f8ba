import { ACTIONS, defaultAction } from './action.ts';
import type { ActionId } from './action.ts';
import type { Change } from './change.ts';
import { equivalentCommands } from './equivalent.ts';
import { blockersOf } from './guards.ts';
import type { BlastRadius, EvictionPlan } from './plan.ts';
import type { Principal } from './principal.ts';
import type { PlanReadings } from './readings.ts';
import { holdMsOf } from './request.ts';
import { warningsOf } from './warnings.ts';

/** Decides what would be done. Pure: the same readings give the same plan. */
export function makePlan(readings: PlanReadings): EvictionPlan {
  const { request, sighting, neighbourhood } = readings;
  const principal = confirmedPrincipal(readings);
  const action = request.action ?? defaultAction(principal.kind);
  const changes = changesOf(action, readings);
  return {
    clientId: request.clientId,
    principal,
    ...(action === undefined ? {} : { action }),
    method: 'takeover',
    changes,
    holdMs: holdMsOf(request),
    blastRadius: blastRadiusOf(readings),
    neighbours: [...neighbourhood.neighbours],
    blockers: blockersOf({ ...readings, sighting: { ...sighting, principal }, action }),
    warnings: warningsOf({ ...readings, sighting: { ...sighting, principal }, action }),
    equivalent: equivalentCommands(request.clientId, changes, readings.commands),
  };
}

/** Only DescribeCertificate makes 64 hex digits a certificate, and gives it its ARN. */
function confirmedPrincipal({ sighting, certificate }: PlanReadings): Principal {
  return typeof certificate === 'string'
    ? sighting.principal
    : { ...sighting.principal, arn: certificate.arn };
}

function changesOf(action: ActionId | undefined, { certificate }: PlanReadings): Change[] {
  if (action === undefined || typeof certificate === 'string') return [];
  return [...ACTIONS[action].changes(certificate)];
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
