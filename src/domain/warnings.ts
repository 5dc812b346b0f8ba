import type { PlanFacts } from './guards.ts';
import { isHiddenClient } from './presence-event.ts';
import type { Warning } from './plan.ts';
import { printable } from './printable.ts';

/** Looks at the facts; what it returns is said in the plan and in the result, and stops nothing. */
type Caution = (facts: PlanFacts) => Warning | undefined;

/** All that an operator should know before the client ID is taken over. */
export function warningsOf(facts: PlanFacts): Warning[] {
  return CAUTIONS.map((caution) => caution(facts)).filter((warning) => warning !== undefined);
}

const hiddenClient: Caution = ({ request: { clientId } }) =>
  isHiddenClient(clientId)
    ? {
        code: 'hidden-client',
        message: `AWS publishes no presence events for client IDs with "#" or "+" ("${printable(clientId)}"): the takeover works, its proof by events does not exist`,
      }
    : undefined;

const notACertificateId: Caution = ({ sighting: { principal } }) =>
  principal.note === undefined
    ? undefined
    : {
        code: 'unknown-principal',
        message: `principal "${printable(principal.identifier)}": ${principal.note}`,
      };

// A takeover cannot suppress the will: only DeleteConnection can. (AWS IoT Developer Guide, "Lifecycle events")
const publishesLastWill: Caution = () => ({
  code: 'publishes-last-will',
  message:
    'a takeover makes the broker publish the Last Will of the dropped client, if it has one, and ends its session',
});

const deviceDefenderFinding: Caution = () => ({
  code: 'device-defender-finding',
  message:
    'the takeover is what the Device Defender audit check CONFLICTING_CLIENT_IDS_CHECK reports: the next audit may name it',
});

const otherActivePrincipals: Caution = ({ request, sighting }) => {
  const others = sighting.others.filter(({ responder }) => responder === undefined);
  if (request.principal === undefined || others.length === 0) return undefined;
  const named = others.map(({ principal }) => `"${printable(principal.identifier)}"`).join(', ');
  return {
    code: 'other-active-principals',
    message: `not contained by this run, but seen on this client: ${named}`,
  };
};

const noClientHistory: Caution = ({ action, neighbourhood }) =>
  action === 'none' || neighbourhood.since !== undefined
    ? undefined
    : {
        code: 'no-client-history',
        message:
          'the sources hold events of this client only, so other clients of the same principal are not known',
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
  notACertificateId,
  otherActivePrincipals,
  noClientHistory,
  otherThing,
  policiesUnknown,
  responderUnknown,
  publishesLastWill,
  deviceDefenderFinding,
];
