import type { PlanFacts } from './action-guards.ts';
import { addressesDiffer, comparison } from './confirmation.ts';
import type { Warning } from './plan.ts';
import type { Method } from './request.ts';

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

/** A takeover that resumes a session is sent what waits in it, and what is acknowledged is gone. [MQTT-4.4.0-1] */
const consumesMessages: Caution = ({ request: { method, keepSession } }) =>
  keepSession && takesOver(method)
    ? {
        code: 'consumes-messages',
        message:
          "the takeover receives the session's messages in the client's place: those that are kept as evidence are acknowledged, and gone for the client (a session of MQTT 3.1.1 is not resumed over MQTT 5, nor the other way round: see --mqtt-version)",
      }
    : undefined;

const showsOnline: Caution = ({ request: { method } }) =>
  takesOver(method)
    ? {
        code: 'shows-online',
        message:
          'while the client ID is held, the device looks online to everybody who watches presence, the fleet index included',
      }
    : undefined;

const deviceDefenderFinding: Caution = ({ request: { method } }) =>
  takesOver(method)
    ? {
        code: 'device-defender-finding',
        message:
          'the takeover is what the Device Defender audit check CONFLICTING_CLIENT_IDS_CHECK reports: the next audit may name it',
      }
    : undefined;

function takesOver(method: Method): boolean {
  return method === 'takeover' || method === 'both';
}

/** Whether the sighting is of the connection that is to be dropped: what else is said depends on it. */
export const sightingUnconfirmed: Caution = (facts) => {
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

const subscriptionsUnknown: Caution = ({ subscriptions, request: { method, keepSession } }) => {
  if (subscriptions.known) return undefined;
  const instead =
    keepSession && takesOver(method)
      ? '; the topics of the messages that come are all that will be known'
      : '';
  return {
    code: 'subscriptions-unknown',
    message: `what the client is subscribed to could not be read${instead}: ${subscriptions.why}`,
  };
};

/** What to know of the connection that is to be dropped, and of what the kick sets off. */
export const KICK_CAUTIONS: readonly Caution[] = [
  connectionUnknown,
  subscriptionsUnknown,
  publishesLastWill,
  endsSession,
  consumesMessages,
  showsOnline,
  deviceDefenderFinding,
];
