import type { Aedes, Client } from 'aedes';
import type { PresenceEvent } from '../../domain/presence-event.ts';
import type { Identity } from '../identity/identity.ts';
import type { Presence } from '../presence/presence.ts';
import type { CertificateCheck } from './certificate-check.ts';
import { clientIdProblem } from './client-id.ts';
import type { ConnectRate } from './connect-rate.ts';
import type { Departures } from './departures.ts';
import type { Endings } from './endings.ts';
import type { ConnectRequest, Permissions } from './permissions.ts';
import type { Sessions } from './sessions.ts';
import { isReserved } from './traffic.ts';
import type { Turns } from './turns.ts';

/** What decides on a CONNECT, and what hears of it. */
export type Rules = {
  readonly identityOf: (client: Client) => Identity | undefined;
  readonly requestOf: (client: Client) => ConnectRequest | undefined;
  readonly certificates: CertificateCheck;
  readonly permissions: Permissions;
  readonly rate: ConnectRate;
  readonly sessions: Sessions;
  readonly departures: Departures;
  readonly turns: Turns;
  readonly endings: Endings;
  readonly presence: Presence;
  readonly deliver: (event: PresenceEvent) => void;
};

/** CONNACK return codes. [MQTT-3.1.3-9], [MQTT-3.2.2-4] */
const IDENTIFIER_REJECTED = 2;
const SERVER_UNAVAILABLE = 3;

type Answer = 'accepted' | 'closed' | { readonly returnCode: number; readonly message: string };

/**
 * Answers each CONNECT: the newcomer takes the client ID over [MQTT-3.1.4-2]. One CONNECT per client ID at a time, because
 * aedes leaves a client unregistered that arrives while the older one is still closing.
 */
export function admitInTurn(aedes: Aedes, rules: Rules): void {
  const untilAnswered = watchAnswers(aedes);
  aedes.authenticate = (client, _username, _password, done) => {
    void rules.turns.take(client.id, async () => {
      const answer = await decide(client, rules);
      if (client.closed) return;
      if (answer === 'closed') return client.close();
      if (answer !== 'accepted') {
        done(Object.assign(new Error(answer.message), answer), false);
        return;
      }
      const answered = untilAnswered(client);
      done(null, true);
      await answered;
    });
  };
}

/** Who may not connect is cut off without a CONNACK, as AWS does to MQTT 3.1.1 (seen), and told of in a `connect_failed` (LE). */
async function decide(client: Client, rules: Rules): Promise<Answer> {
  const [identity, request] = [rules.identityOf(client), rules.requestOf(client)];
  if (identity === undefined || request === undefined || !isAuthentic(identity, request, rules))
    return 'closed';
  const problem = clientIdProblem(request.clientId);
  if (problem !== undefined) return { returnCode: IDENTIFIER_REJECTED, message: problem };
  const { clientId, will } = request;
  if (!rules.rate.admits(clientId)) {
    return { returnCode: SERVER_UNAVAILABLE, message: 'one CONNECT a second for each client ID' };
  }
  const forgesWill = will !== undefined && isReserved(will.topic);
  if (forgesWill || !rules.permissions.mayConnect(identity, request)) {
    rules.deliver(rules.presence.connectFailed(clientId, rules.permissions.someone(identity, clientId)));
    return 'closed';
  }
  rules.rate.accepted(clientId);
  rules.permissions.admit(client, identity);
  await displaceHolder(clientId, rules);
  await rules.departures.clearOut(clientId);
  return 'accepted';
}

/** A certificate that only other clients may still use has no event, like one that was refused in the handshake. */
function isAuthentic(identity: Identity, { clientId }: ConnectRequest, { certificates }: Rules): boolean {
  return identity.kind === 'iam' || certificates.passes(identity, clientId);
}

async function displaceHolder(clientId: string, { sessions, endings }: Rules): Promise<void> {
  const holder = sessions.find(clientId)?.client;
  if (holder === undefined) return;
  endings.cut(holder, 'DUPLICATE_CLIENTID');
  await sessions.untilEnded(holder);
}

/** A CONNECT is done with when its CONNACK is out, or its connection is gone. */
function watchAnswers(aedes: Aedes): (client: Client) => Promise<void> {
  const waiting = new WeakMap<Client, () => void>();
  aedes.on('connackSent', (_packet, client) => waiting.get(client)?.());
  return (client) =>
    new Promise((resolve) => {
      waiting.set(client, resolve);
      client.conn.once('close', resolve);
    });
}
