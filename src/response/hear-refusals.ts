import type { EvictionPlan } from '../domain/plan.ts';
import type { ActingPorts } from '../domain/ports.ts';
import { searchFrom } from '../domain/refusal-search.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { following } from '../domain/signals.ts';
import { both } from './both.ts';
import type { Incident } from './incident.ts';
import { softly } from './softly.ts';

/** From one look into the log to the next. */
const EVERY_MS = 5_000;
/** After so many failures in a row nothing more is asked; the SDK has tried each several times by itself. */
const MOST_FAILURES = 3;

type Reach = {
  readonly request: EvictionRequest;
  readonly ports: Pick<ActingPorts, 'clock' | 'refusalLog'>;
  readonly incident: Incident;
};

/** Looks into the log once more, so that what is there by now is known. */
export type LookAgain = () => Promise<void>;

/**
 * Holds, and hears beside it that the contained certificate is refused: that happens before MQTT and makes no presence event,
 * but an account may have it logged. It only enriches: what cannot be read is a warning at most, and keeps nobody waiting.
 */
export async function whileHearingRefusals(
  { request, plan, ports, incident }: Reach & { readonly plan: EvictionPlan },
  signal: AbortSignal,
  hold: (signal: AbortSignal, lookAgain: LookAgain) => Promise<void>,
): Promise<void> {
  const certificate = plan.changes.find((change) => change.kind === 'certificate-status');
  if (certificate === undefined) return hold(signal, () => Promise.resolve());
  const { certificateId } = certificate;
  using over = following(signal);
  const log = new RefusalReader({ request, certificateId, ports, incident });
  await both(
    signal,
    async (held) => {
      try {
        await hold(held, () => log.look(held));
      } finally {
        over.stop(new Error('the hold is over'));
      }
    },
    () => log.listen(over.signal),
  );
}

type Search = Reach & { readonly certificateId: string };

/** Reads the log of one hold, one look after the other, and records what each finds anew. */
class RefusalReader {
  readonly #search: Search;
  readonly #found = new Set<string>();
  #group: string | undefined;
  #failures = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(search: Search) {
    this.#search = search;
  }

  /** Looks again and again until the signal aborts; not at all where nothing is logged. */
  async listen(signal: AbortSignal): Promise<void> {
    const { clock } = this.#search.ports;
    try {
      this.#turn = this.#findGroup(signal); // whoever looks waits for it
      await this.#turn;
      while (this.#group !== undefined && !signal.aborted) {
        await this.look(signal);
        await clock.sleep(EVERY_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  look(signal: AbortSignal): Promise<void> {
    this.#turn = this.#turn.then(() => this.#look(signal));
    return this.#turn;
  }

  async #findGroup(signal: AbortSignal): Promise<void> {
    const { request, ports, incident } = this.#search;
    const found = await softly(request, ports, signal, (limit) => ports.refusalLog.group(limit));
    if (!found.known) return this.#warn(found.why);
    this.#group = found.value;
    const logged = found.value === undefined ? {} : { group: found.value };
    await incident.record({ kind: 'refusal-log', ...logged, readAt: ports.clock.now() });
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { request, certificateId, ports, incident } = this.#search;
    const group = this.#group;
    if (group === undefined) return;
    const order = { group, certificateId, from: searchFrom(incident.facts) };
    const read = await softly(request, ports, signal, (limit) => ports.refusalLog.refusals(order, limit));
    if (!read.known) return this.#failed(read.why);
    this.#failures = 0;
    const fresh = read.value.filter(({ id }) => !this.#found.has(id));
    for (const { id } of fresh) this.#found.add(id);
    if (fresh.length === 0) return;
    const times = fresh.map(({ at }) => at);
    await incident.record({ kind: 'refused', group, times, readAt: ports.clock.now() });
  }

  async #failed(why: string): Promise<void> {
    this.#failures += 1;
    if (this.#failures === 1) await this.#warn(why);
    if (this.#failures === MOST_FAILURES) this.#group = undefined;
  }

  #warn(why: string): Promise<void> {
    const message = `whether the certificate was seen to be refused could not be read from the log: ${why}`;
    return this.#search.incident.record({ kind: 'warned', warning: { code: 'refusals-unknown', message } });
  }
}
