import type { Aedes, Client } from 'aedes';
import { clientIdProblem } from './client-id.ts';
import type { Endings } from './endings.ts';
import type { Sessions } from './sessions.ts';
import { createTurns } from './turns.ts';

type Rules = { readonly sessions: Sessions; readonly endings: Endings };

/**
 * Answers each CONNECT: the newcomer takes the client ID over [MQTT-3.1.4-2]. One CONNECT per client ID at a time, because
 * aedes leaves a client unregistered that arrives while the older one is still closing.
 */
export function admitInTurn(aedes: Aedes, rules: Rules): void {
  const turns = createTurns();
  const untilAnswered = watchAnswers(aedes);
  const requestedIds = new WeakMap<Client, string>();
  aedes.preConnect = (client, packet, done) => {
    requestedIds.set(client, packet.clientId); // aedes replaces an empty one
    done(null, true);
  };
  aedes.authenticate = (client, _username, _password, done) => {
    const problem = clientIdProblem(requestedIds.get(client) ?? '');
    if (problem !== undefined) {
      done(Object.assign(new Error(problem), { returnCode: 2 }), false); // [MQTT-3.1.3-9]
      return;
    }
    turns.take(client.id, async () => {
      await displaceHolder(client.id, rules);
      if (client.closed) return;
      const answered = untilAnswered(client);
      done(null, true);
      await answered;
    });
  };
}

async function displaceHolder(clientId: string, { sessions, endings }: Rules): Promise<void> {
  const holder = sessions.holderOf(clientId);
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
