import { byTime, CLOCK_ERROR } from './found-event.ts';
import type { FoundEvent, LastSession } from './found-event.ts';
import { WINDOW_MS } from './history-window.ts';
import { grouped } from './grouped.ts';
import { isActivity } from './iot-log-entry.ts';
import { identityKey, principalOf } from './principal.ts';
import { sessionsIn } from './unnumbered.ts';

/** AWS IoT lets a client ID connect once a second. (AWS IoT Core quotas, "Connect requests per second per client ID") */
const ONE_CONNECT = 1_000;

/** Whether it tells of the beginning of a session, and not only that there was one. */
export function isBeginning({ event, raw }: FoundEvent): boolean {
  return event.eventType === 'connected' && !isActivity(raw);
}

/**
 * The beginnings of sessions of which only bare events tell: each of the named ones has logged one, and what is left over of a
 * principal is another's. The named events are in order.
 */
export function unnamedBeginnings(
  bare: readonly FoundEvent[],
  named: readonly FoundEvent[],
): ReadonlySet<FoundEvent> {
  const begun = grouped(bare.filter(isBeginning).toSorted(byTime), ofPrincipal);
  const sessions = grouped(sessionsIn(named), ({ found }) => ofPrincipal(found));
  return new Set(
    [...begun].flatMap(([principal, beginnings]) =>
      leftOver(momentsOf(beginnings), sessions.get(principal) ?? []).flat(),
    ),
  );
}

function ofPrincipal({ event }: FoundEvent): string {
  return identityKey(principalOf(event.principalIdentifier));
}

/** What comes twice, or from two sources, is one beginning. */
function momentsOf(ordered: readonly FoundEvent[]): FoundEvent[][] {
  const moments: FoundEvent[][] = [];
  for (const found of ordered) {
    const last = moments.at(-1);
    const since = last?.[0]?.event.timestamp ?? -Infinity;
    if (last !== undefined && found.event.timestamp - since < ONE_CONNECT) last.push(found);
    else moments.push([found]);
  }
  return moments;
}

function leftOver(moments: readonly FoundEvent[][], sessions: readonly LastSession[]): FoundEvent[][] {
  const spans = sessions.map(spanOf).toSorted((one, two) => one.until - two.until);
  return moments.filter((moment) => {
    const at = moment[0]?.event.timestamp ?? 0;
    while (spans[0] !== undefined && spans[0].until < at) spans.shift();
    const its = spans.findIndex(({ from }) => from <= at);
    if (its >= 0) spans.splice(its, 1);
    return its < 0;
  });
}

/** When the session may have logged its beginning, clocks aside. */
function spanOf({ found: { event } }: LastSession): { readonly from: number; readonly until: number } {
  const before = event.eventType === 'connected' ? CLOCK_ERROR : WINDOW_MS;
  return { from: event.timestamp - before, until: event.timestamp + CLOCK_ERROR };
}
