import { groupArn } from '../identity/account.ts';
import { type Policy, type Registry, type Thing, withParents } from '../registry/registry.ts';
import { asOf } from '../registry/timeline.ts';
import type { PolicyDocument } from './document.ts';

/** Whose connection: the target that policies are attached to (certificate ARN or Cognito identity ID), and its client ID. */
export type Connecting = { readonly target: string; readonly clientId: string };

/** The thing that a connection speaks for. */
export type ConnectionThing = { readonly thing: Thing; readonly isExclusive: boolean };

/**
 * A principal's exclusive thing, whatever the client ID; otherwise the thing that is named like the client ID and that the
 * principal is attached to. (Developer Guide, "Thing policy variables", "Associating an AWS IoT thing to an MQTT client
 * connection")
 */
export function thingOf(
  { things, thingsOf, exclusive }: Registry,
  { target, clientId }: Connecting,
  moment?: number,
): ConnectionThing | undefined {
  const isExclusive = exclusive.has(target);
  const name = isExclusive ? thingsOf.from(target, moment)[0] : clientId;
  const thing = name === undefined ? undefined : things.get(name);
  return thing !== undefined && thingsOf.has(target, thing.name, moment) ? { thing, isExclusive } : undefined;
}

/** The policies in force for a target and its thing: attached to it, or to a group that the thing is in. */
export function effectivePolicies(
  registry: Registry,
  { target, thing }: { target: string; thing: Thing | undefined },
  moment?: number,
): Policy[] {
  const groups =
    thing === undefined
      ? []
      : registry.groupsOf.from(thing.name, moment).flatMap((name) => withParents(registry, name));
  return policiesOn(registry, [target, ...groups.map(({ name }) => groupArn(name))], moment);
}

/** What is attached to any of these targets, each policy once. */
export function policiesOn(
  { policies, policiesOf }: Registry,
  targets: readonly string[],
  moment?: number,
): Policy[] {
  const names = new Set(targets.flatMap((one) => policiesOf.from(one, moment)));
  return [...names].map((name) => policies.get(name)).filter((policy) => policy !== undefined);
}

/** Their documents, each in the version that was in force at the moment. */
export function documentsOf(
  policies: readonly Policy[],
  moment = Number.POSITIVE_INFINITY,
): PolicyDocument[] {
  return policies.map((policy) => asOf(policy.default, moment).document);
}
