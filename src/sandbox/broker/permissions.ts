import type { Client } from 'aedes';
import type { Clock } from '../faults/clock.ts';
import type { Faults } from '../faults/faults.ts';
import type { Identity } from '../identity/identity.ts';
import { clientArn, topicArn } from '../identity/account.ts';
import { type Access, authorize, targetOf } from '../policy/authorize.ts';
import { thingOf } from '../policy/effective.ts';
import type { Someone } from '../presence/presence.ts';
import type { Registry } from '../registry/registry.ts';

/** What a CONNECT asks for. */
export type ConnectRequest = {
  readonly clientId: string;
  readonly clean: boolean;
  readonly keepAliveSeconds: number;
  readonly will: { readonly topic: string; readonly retain: boolean } | undefined;
};

/** Who may do what, by the policies as the broker knows them: late, when it was asked to be. */
export type Permissions = {
  mayConnect(identity: Identity, request: ConnectRequest): boolean;
  may(client: Client, access: Access): boolean;
  /** Whom presence events name for an identity under a client ID. */
  someone(identity: Identity, clientId: string): Someone;
  /** Remembers who is behind a client, once it has been let in. */
  admit(client: Client, identity: Identity): void;
};

type Law = { readonly registry: Registry; readonly clock: Clock; readonly faults: Faults };

export function createPermissions({ registry, clock, faults }: Law): Permissions {
  const identities = new WeakMap<Client, Identity>();
  const allows = (identity: Identity, clientId: string, access: Access) => {
    const moment = clock.now() - faults.delayMs('detach-delay', { client: clientId });
    return authorize(registry, { identity, clientId, access }, moment) === 'allowed';
  };
  return {
    mayConnect: (identity, request) =>
      neededToConnect(request).every((access) => allows(identity, request.clientId, access)),
    may(client, access) {
      const identity = identities.get(client);
      return identity !== undefined && allows(identity, client.id, access);
    },
    someone(identity, clientId) {
      const { principal, sourceIp: ipAddress } = identity;
      const target = targetOf(identity);
      const found = target === undefined ? undefined : thingOf(registry, { target, clientId });
      return found?.isExclusive === true
        ? { principal, ipAddress, thingName: found.thing.name }
        : { principal, ipAddress };
    },
    admit: (client, identity) => void identities.set(client, identity),
  };
}

/** A Last Will is checked when it is left, like a publish (LE, `connect_failed`). */
function neededToConnect({ clientId, clean, will }: ConnectRequest): Access[] {
  const attributes = [...(clean ? [] : ['PersistentConnect']), ...(will === undefined ? [] : ['LastWill'])];
  const connect: Access = {
    action: 'iot:Connect',
    resource: clientArn(clientId),
    keys: {
      'iot:ConnectAttributes': attributes,
      ...(will === undefined ? {} : { 'iot:LastWillTopic': topicArn(will.topic) }),
    },
  };
  return will === undefined ? [connect] : [connect, ...neededToPublish(will)];
}

/** Publishing a retained message needs a permission more (Developer Guide, "AWS IoT Core policy actions"). */
export function neededToPublish({ topic, retain }: { topic: string; retain: boolean }): Access[] {
  const resource = topicArn(topic);
  const publish = { action: 'iot:Publish', resource };
  return retain ? [publish, { action: 'iot:RetainPublish', resource }] : [publish];
}
