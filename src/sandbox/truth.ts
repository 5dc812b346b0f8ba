import type { RefusedHandshake } from './broker/certificate-check.ts';
import type { OpenSession } from './broker/sessions.ts';
import type { Session } from './presence/presence.ts';

/** What the sandbox itself knows, to judge a response by; AWS has no such view. */
export type Truth = {
  readonly connections: readonly Omit<Session, 'ipAddress' | 'thingName'>[];
  readonly refusedHandshakes: readonly RefusedHandshake[];
};

export function truthOf(open: readonly OpenSession[], refusedHandshakes: readonly RefusedHandshake[]): Truth {
  const connections = open.map(({ session }) => ({
    clientId: session.clientId,
    principal: session.principal,
    sessionIdentifier: session.sessionIdentifier,
    versionNumber: session.versionNumber,
    connectedAt: session.connectedAt,
  }));
  return { connections, refusedHandshakes };
}
