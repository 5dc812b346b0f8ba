import { type Registry, type ThingGroup, withParents } from './registry.ts';

/** The groups directly in a group. */
export function childrenOf({ groups }: Registry, name: string): ThingGroup[] {
  return [...groups.values()].filter(({ parent }) => parent === name);
}

/** A group and all that is in it, down to the last. */
export function withDescendants(registry: Registry, name: string): ThingGroup[] {
  const group = registry.groups.get(name);
  if (group === undefined) return [];
  return [group, ...childrenOf(registry, name).flatMap((child) => withDescendants(registry, child.name))];
}

/** The group at the top of the hierarchy that a group is in. */
export function rootOf(registry: Registry, name: string): string | undefined {
  return withParents(registry, name).at(-1)?.name;
}
