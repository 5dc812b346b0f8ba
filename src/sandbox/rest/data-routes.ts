import * as z from 'zod';
import type { ConnectionState } from '../broker/connections.ts';
import { clientArn } from '../identity/account.ts';
import { answer, refusal, type Answer } from './answer.ts';
import { page, pageSizeUpTo, pageToken } from './paging.ts';
import { route, type RestContext, type Route } from './route.ts';

/** 1 to 128 characters, `$` reserved (SDK, `^[^$].*`). */
const clientId = z.string().min(1).max(128).regex(/^[^$]/u, 'a client ID cannot begin with $');
const path = z.object({ clientId });
const flag = z.enum(['true', 'false']).default('false');
const resources = ({ path: { clientId: id } }: { path: { clientId: string } }) => [clientArn(id)];

/** The connection operations of the data plane (SDK). */
export const dataRoutes: readonly Route[] = [
  route('DeleteConnection', 'DELETE /connections/{clientId}', {
    input: z.object({ path, query: z.object({ cleanSession: flag, preventWillMessage: flag }) }),
    resources,
    handle: deleteConnection,
  }),
  route('GetConnection', 'GET /connections/{clientId}', {
    input: z.object({ path, query: z.object({ includeSocketInformation: flag }) }),
    resources,
    handle: getConnection,
  }),
  route('ListSubscriptions', 'GET /connections/{clientId}/subscriptions', {
    input: z.object({
      path,
      query: z.object({ nextToken: pageToken, maxResults: pageSizeUpTo(200, 20) }),
    }),
    resources,
    handle: listSubscriptions,
  }),
];

type Flag = 'true' | 'false';
type Deletion = { path: { clientId: string }; query: { cleanSession: Flag; preventWillMessage: Flag } };

/** 404: not connected, and no persistent session (Developer Guide, "Managing MQTT connections"). */
async function deleteConnection({ path, query }: Deletion, { connections }: RestContext): Promise<Answer> {
  const ended = await connections.end(path.clientId, {
    cleanSession: query.cleanSession === 'true',
    preventWillMessage: query.preventWillMessage === 'true',
  });
  return ended ? answer() : unknownConnection();
}

type Reading = { path: { clientId: string }; query: { includeSocketInformation: Flag } };

function getConnection({ path, query }: Reading, { connections }: RestContext): Answer {
  const found = connections.find(path.clientId);
  if (found === undefined) return unknownConnection();
  return answer(describe(found, query.includeSocketInformation === 'true'));
}

function describe(state: ConnectionState, withSocket: boolean): object {
  return {
    connected: state.connected,
    thingName: state.thingName,
    cleanSession: state.cleanSession,
    ...(withSocket ? state.socket : {}),
    keepAliveDuration: state.keepAliveSeconds,
    connectedSince: state.connectedSince,
    disconnectedSince: state.disconnectedSince,
    disconnectReason: state.disconnectReason,
    sessionExpiry: state.sessionExpirySeconds,
    clientId: state.clientId,
  };
}

type Listing = { path: { clientId: string }; query: { nextToken: number; maxResults: number } };

async function listSubscriptions({ path, query }: Listing, { connections }: RestContext): Promise<Answer> {
  const subscriptions = await connections.subscriptions(path.clientId);
  if (subscriptions === undefined) return unknownConnection();
  const { items, next } = page(subscriptions, { size: query.maxResults, from: query.nextToken });
  return answer({ subscriptions: items, nextToken: next });
}

function unknownConnection(): Answer {
  return refusal('ResourceNotFoundException', 'The client ID has no connection and no persistent session.');
}
