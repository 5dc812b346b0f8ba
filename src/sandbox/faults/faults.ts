import type { Fault, FaultName } from './fault.ts';

/** A fault that is on, and how often it has struck. */
export type ActiveFault = Fault & { readonly id: number; readonly struck: number };

/** Whom or what a fault could strike. What is left out here is not narrowed down. */
type Victim = {
  readonly client?: string | undefined;
  readonly operation?: string | undefined;
  readonly event?: string | undefined;
};

type Named<Name extends FaultName> = Extract<ActiveFault, { fault: Name }>;
type DelayName = 'deactivation-delay' | 'detach-delay' | 'drop-delay' | 'log-delay';

/** The faults that are on. */
export type Faults = {
  add(fault: Fault): ActiveFault;
  /** Whether there was one of that number. */
  remove(id: number): boolean;
  clear(): void;
  list(): readonly ActiveFault[];
  /** The fault that strikes now, if one does: it is counted, and its chance has been drawn. @param onlyId no other than this */
  strike<Name extends FaultName>(name: Name, victim: Victim, onlyId?: number): Named<Name> | undefined;
  /** The delay for a victim: the longest that fits it; otherwise what is usual. Nothing is counted or drawn. */
  delayMs(name: DelayName, victim: Victim, usual?: number): number;
  /** Every delay that some client has. */
  delaysMs(name: DelayName): readonly number[];
  /** Called when a fault was added, with it, or when some were taken away. */
  onChange(listener: (added: ActiveFault | undefined) => void): void;
};

/** @param random a fraction from 0 to 1, for faults with a rate */
export function createFaults(initial: readonly Fault[], random: () => number): Faults {
  const active = new Map<number, ActiveFault>();
  const listeners: ((added: ActiveFault | undefined) => void)[] = [];
  let lastId = 0;
  const changed = (added?: ActiveFault) => listeners.forEach((listener) => listener(added));
  const add = (fault: Fault): ActiveFault => {
    const added = { ...fault, id: (lastId += 1), struck: 0 };
    active.set(added.id, added);
    changed(added);
    return added;
  };
  const named = <Name extends FaultName>(name: Name) =>
    [...active.values()].filter((one) => isNamed(one, name));
  const delayMs = (name: DelayName, victim: Victim, usual = 0) => {
    const fitting = named(name).filter((one) => fits(one, victim));
    return fitting.length === 0 ? usual : Math.max(...fitting.map(({ ms }) => ms));
  };
  initial.forEach(add);
  return {
    add,
    remove(id) {
      const removed = active.delete(id);
      changed();
      return removed;
    },
    clear() {
      active.clear();
      changed();
    },
    list: () => [...active.values()],
    strike(name, victim, onlyId) {
      const striking = named(name)
        .filter(({ id }) => onlyId === undefined || id === onlyId)
        .find((one) => fits(one, victim) && isLeft(one) && isDrawn(one, random));
      if (striking !== undefined) active.set(striking.id, { ...striking, struck: striking.struck + 1 });
      return striking;
    },
    delayMs,
    delaysMs: (name) =>
      [undefined, ...named(name).map((one) => ('client' in one ? one.client : undefined))].map((client) =>
        delayMs(name, { client }),
      ),
    onChange: (listener) => void listeners.push(listener),
  };
}

function isNamed<Name extends FaultName>(one: ActiveFault, name: Name): one is Named<Name> {
  return one.fault === name;
}

function fits(one: ActiveFault, victim: Victim): boolean {
  const narrowed = [
    ['client' in one ? one.client : undefined, victim.client],
    ['operation' in one ? one.operation : undefined, victim.operation],
    ['event' in one ? one.event : undefined, victim.event],
  ];
  return narrowed.every(([wanted, actual]) => wanted === undefined || wanted === actual);
}

function isLeft(one: ActiveFault): boolean {
  return !('times' in one) || one.times === undefined || one.struck < one.times;
}

function isDrawn(one: ActiveFault, random: () => number): boolean {
  return !('rate' in one) || one.rate === undefined || random() < one.rate;
}
