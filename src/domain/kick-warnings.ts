import type { PlanFacts } from './action-guards.ts';
import { addressesDiffer, comparison } from './confirmation.ts';
import type { Warning } from './plan.ts';

/** Looks at the facts; what it returns is said in the plan and in the result, and stops nothing. */
export type Caution = (facts: PlanFacts) => Warning | undefined;

// A takeover cannot suppress the will: only DeleteConnection can. (AWS IoT Developer Guide, "Lifecycle events")
const publishesLastWill: Caution = ({ request: { method, publishWill } }) =>
  method === 'none' || (method !== 'takeover' && !publishWill)
    ? undefined
    : {
        code: 'publishes-last-will',
        message: 'the kick makes the broker publish the Last Will of the dropped client, if it has one',
      };

const endsSession: Caution = ({ request: { method, keepSession } }) =>
  method === 'none' || keepSession
    ? undefined
    : {
        code: 'ends-session',
        message:
          "the kick ends the client's session: its subscriptions and queued messages are gone (--keep-session keeps them)",
      };

const deviceDefenderFinding: Caution = ({ request: { method } }) =>
  method === 'takeover' || method === 'both'
    ? {
        code: 'device-defender-finding',
        message:
          'the takeover is what the Device Defender audit check CONFLICTING_CLIENT_IDS_CHECK reports: the next audit may name it',
      }
    : undefined;

const sightingUnconfirmed: Caution = (facts) => {
  switch (comparison(facts)) {
    case 'newer':
      return {
        code: 'newer-session',
        message:
          "the connection that is open now is newer than the sighted one, and may be another principal's",
      };
    case 'none':
      return {
        code: 'not-connected-now',
        message: 'GetConnection shows no connection of this client just now',
      };
    case 'same':
      return addressesDiffer(facts)
        ? {
            code: 'other-address',
            message: 'GetConnection shows another address than the sighted session had',
          }
        : undefined;
    case 'older': // a blocker, or lifted by name
    case 'unread':
      return undefined;
  }
};

const connectionUnknown: Caution = ({ connection }) =>
  connection.known
    ? undefined
    : { code: 'connection-unknown', message: `the connection could not be read: ${connection.why}` };

const subscriptionsUnknown: Caution = ({ subscriptions }) =>
  subscriptions.known
    ? undefined
    : {
        code: 'subscriptions-unknown',
        message: `what the client is subscribed to could not be read: ${subscriptions.why}`,
      };

/** What to know of the connection that is to be dropped, and of what the kick sets off. */
export const KICK_CAUTIONS: readonly Caution[] = [
  sightingUnconfirmed,
  connectionUnknown,
  subscriptionsUnknown,
  publishesLastWill,
  endsSession,
  deviceDefenderFinding,
];
