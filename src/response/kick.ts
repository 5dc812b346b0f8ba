import { earliestRetake, isForbidden } from '../domain/hold.ts';
import type { EvictionPlan } from '../domain/plan.ts';
import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { disconnect } from './disconnect.ts';
import type { Incident } from './incident.ts';
import { Grip } from './take-over.ts';
import type { Reach } from './take-over.ts';

/** Desynchronises us from an intruder that retries on a beat of its own. */
const JITTER_MS = 250;

/** The planned way to drop whoever has the client ID; each return is dropped the same way. */
export class Kick implements AsyncDisposable {
  readonly #request: EvictionRequest;
  readonly #plan: EvictionPlan;
  readonly #reach: Reach;
  readonly #grip: Grip;
  #askedApi = false;

  constructor(request: EvictionRequest, plan: EvictionPlan, reach: Reach) {
    this.#request = request;
    this.#plan = plan;
    this.#reach = reach;
    this.#grip = new Grip(request, reach);
  }

  /** Kicks once. Returns whether it was acknowledged by the broker or accepted by the API. */
  async once(signal: AbortSignal): Promise<boolean> {
    const { method } = this.#plan;
    if (method === 'api') return disconnect(this.#request, this.#reach, signal);
    if (method === 'both' && !this.#askedApi) await this.#byApiFirst(signal);
    return this.#grip.take(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#grip[Symbol.asyncDispose]();
  }

  /** Where the API refuses, the takeover still happens, and then the Last Will is published. */
  async #byApiFirst(signal: AbortSignal): Promise<void> {
    this.#askedApi = true;
    if (await disconnect(this.#request, this.#reach, signal)) return;
    await this.#reach.incident.record({
      kind: 'warned',
      warning: {
        code: 'api-refused',
        message:
          'DeleteConnection was not accepted: the takeover that follows publishes the Last Will of the dropped client',
      },
    });
  }
}

/**
 * Kicks, trying again at the pace that AWS allows until `--timeout`: the intruder shares the one CONNECT a second. Returns
 * whether it was acknowledged.
 */
export async function kickOut(
  request: EvictionRequest,
  kick: Pick<Kick, 'once'>,
  { ports, incident }: Omit<Reach, 'mqttVersion'>,
  signal: AbortSignal,
): Promise<boolean> {
  const giveUpAt = ports.clock.now() + request.timeoutMs;
  for (;;) {
    await ports.clock.sleep(pauseBeforeKick(incident, ports), signal);
    if (await kick.once(signal)) return true;
    const nextAt = ports.clock.now() + pauseBeforeKick(incident, ports);
    if (isForbidden(incident.facts) || nextAt > giveUpAt) return false;
  }
}

/** Milliseconds until the next CONNECT may be sent; the identifying kick took one, too. */
export function pauseBeforeKick({ facts }: Incident, { clock, random }: ActingPorts): number {
  return Math.max(0, earliestRetake(facts) + random.fraction() * JITTER_MS - clock.now());
}
