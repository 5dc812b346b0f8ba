/** A value now, and all that it was before, oldest first: who learns of changes late sees an older one. */
export type Timeline<Value> = readonly [Moment<Value>, ...Moment<Value>[]];

type Moment<Value> = { readonly value: Value; readonly at: number };

/** The first value holds for all time before, too: what is new is seen at once, only its changes are seen late. */
export function begin<Value>(value: Value, at: number): Timeline<Value> {
  return [{ value, at }];
}

/** Setting the value that it has already changes nothing. */
export function change<Value>(timeline: Timeline<Value>, next: Moment<Value>): Timeline<Value> {
  return current(timeline) === next.value ? timeline : [...timeline, next];
}

export function current<Value>(timeline: Timeline<Value>): Value {
  return latest(timeline).value;
}

/** The value as it was at a moment, in epoch milliseconds. */
export function asOf<Value>(timeline: Timeline<Value>, moment: number): Value {
  return (timeline.findLast(({ at }) => at <= moment) ?? timeline[0]).value;
}

/** Whether it had a value at any time since a moment, however briefly. */
export function wasEver<Value>(
  timeline: readonly Moment<Value>[],
  { value, since }: { value: Value; since: number },
): boolean {
  const started = timeline.findLastIndex(({ at }) => at <= since);
  return timeline.slice(Math.max(started, 0)).some((moment) => moment.value === value);
}

/** When the present value began. */
export function changedAt<Value>(timeline: Timeline<Value>): number {
  return latest(timeline).at;
}

function latest<Value>(timeline: Timeline<Value>): Moment<Value> {
  return timeline.at(-1) ?? timeline[0];
}
