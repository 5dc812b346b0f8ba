import type { Broker } from './broker/broker.ts';
import type { Faults } from './faults/faults.ts';
import type { Iam } from './identity/iam.ts';
import type { Registry } from './registry/registry.ts';
import { current } from './registry/timeline.ts';

type Whole = {
  readonly registry: Registry;
  readonly iam: Iam;
  readonly broker: Broker;
  readonly faults: Faults;
};

/**
 * The sandbox's whole state as plain JSON, for comparing before and after. Without times and counters, so that what was
 * changed and changed back is equal; sorted by name, so that the order in which things were made has no say.
 */
export async function snapshotOf({ registry, iam, broker, faults }: Whole) {
  return {
    account: accountState(registry),
    identities: identityState(iam),
    broker: await brokerState(broker),
    faults: faults.list().map(({ struck: _struck, ...fault }) => fault),
  };
}

export type Snapshot = Awaited<ReturnType<typeof snapshotOf>>;

function accountState(registry: Registry) {
  return {
    certificates: named(registry.certificates, ({ status, arn }) => ({ arn, status: current(status) })),
    policies: named(registry.policies, (policy) => ({
      default: current(policy.default).id,
      versions: policy.versions.map(({ id, text }) => ({ id, document: text })),
    })),
    things: named(registry.things, ({ arn, typeName, attributes }) => ({
      arn,
      typeName,
      attributes: named(attributes, (value) => value),
    })),
    groups: named(registry.groups, ({ arn, parent, description }) => ({ arn, parent, description })),
    policiesOf: links(registry.policiesOf.list()),
    thingsOf: links(registry.thingsOf.list()),
    groupsOf: links(registry.groupsOf.list()),
    exclusive: [...registry.exclusive].toSorted(),
    logging: registry.logging,
  };
}

/** No secrets: a snapshot may end up in a log. */
function identityState({ entities, keys }: Iam) {
  return {
    entities: named(entities, ({ id, policies }) => ({ id, policies: [...policies.keys()] })),
    keys: named(keys, ({ userId, cognitoIdentityId }) => ({ userId, cognitoIdentityId })),
  };
}

async function brokerState(broker: Broker) {
  const retained: string[] = [];
  for await (const { topic } of broker.store.createRetainedStream('#')) retained.push(topic);
  const offline = broker.departures().filter(({ hasSession }) => hasSession);
  const sessions = await Promise.all(
    offline.map(async ({ session: { clientId } }) => {
      const subscriptions = (await broker.connections.subscriptions(clientId)) ?? [];
      return { clientId, filters: subscriptions.map(({ topicFilter }) => topicFilter).toSorted() };
    }),
  );
  return {
    connections: broker
      .sessions()
      .map(({ session: { clientId, principal } }) => ({ clientId, principal }))
      .toSorted(byText(({ clientId }) => clientId)),
    persistentSessions: sessions.toSorted(byText(({ clientId }) => clientId)),
    retainedTopics: retained.toSorted(),
  };
}

/** Pairs, since a name may be one that an object would take for its own. */
function named<From, To>(map: ReadonlyMap<string, From>, show: (value: From) => To): [string, To][] {
  return [...map]
    .map(([name, value]): [string, To] => [name, show(value)])
    .toSorted(byText(([name]) => name));
}

function links(pairs: readonly [string, string][]): [string, string][] {
  return pairs.toSorted(byText((pair) => pair.join('\n')));
}

function byText<Item>(text: (item: Item) => string): (a: Item, b: Item) => number {
  return (a, b) => {
    const [left, right] = [text(a), text(b)];
    if (left === right) return 0;
    return left < right ? -1 : 1;
  };
}
