import type { Aedes, Client } from 'aedes';
import type { ConnectRequest } from './permissions.ts';

const LONGEST_KEEP_ALIVE_S = 1200;

type Limits = { readonly minimumKeepAliveSeconds: number };

/**
 * Keeps what each CONNECT asked for, and brings its keep-alive into AWS's bounds: 30 to 1200 seconds, 1200 where none was
 * asked for (LIM).
 */
export function readRequests(aedes: Aedes, limits: Limits): (client: Client) => ConnectRequest | undefined {
  const requests = new WeakMap<Client, ConnectRequest>();
  aedes.preConnect = (client, packet, done) => {
    const { clientId, clean = true, will } = packet;
    const keepAliveSeconds = boundedKeepAlive(packet.keepalive ?? 0, limits);
    Object.assign(packet, { keepalive: keepAliveSeconds });
    requests.set(client, {
      clientId, // aedes replaces an empty one
      clean,
      keepAliveSeconds,
      will: will && { topic: will.topic, retain: will.retain === true },
    });
    done(null, true);
  };
  return (client) => requests.get(client);
}

function boundedKeepAlive(asked: number, { minimumKeepAliveSeconds }: Limits): number {
  if (asked === 0) return LONGEST_KEEP_ALIVE_S;
  return Math.min(Math.max(asked, minimumKeepAliveSeconds), LONGEST_KEEP_ALIVE_S);
}
