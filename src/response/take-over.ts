import { EvictError } from '../domain/errors.ts';
import type { ReceivedMessage } from '../domain/kept-message.ts';
import type { HeldId } from '../domain/broker-ports.ts';
import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import type { Incident } from './incident.ts';
import { MessagesKept } from './keep-messages.ts';

export type Reach = { readonly ports: ActingPorts; readonly incident: Incident; readonly mqttVersion: 4 | 5 };

type Grasp = Omit<Reach, 'ports'> & { readonly ports: Pick<ActingPorts, 'clock' | 'takeover' | 'messages'> };

/** Our hold on the client ID: taken, lost, retaken, and let go of gracefully in the end. */
export class Grip implements AsyncDisposable {
  #held: HeldId | undefined;
  /** Since when the present connection has the ID, and for how long former ones had it. */
  #heldSince: number | undefined;
  #heldMs = 0;
  readonly #request: EvictionRequest;
  readonly #reach: Grasp;
  readonly #step: string;
  #wasHeld = false;
  /** What a resumed session brings; undefined where the session is ended. */
  readonly #messages: MessagesKept | undefined;

  /** `step`: how the act is called in the record. */
  constructor(request: EvictionRequest, reach: Grasp, step = 'takeover') {
    this.#request = request;
    this.#reach = reach;
    this.#step = step;
    this.#messages = request.keepSession ? new MessagesKept(reach) : undefined;
  }

  /** Takes the client ID over, once, so that the broker drops whoever has it. Returns whether the broker acknowledged. */
  async take(signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    await this.letGo();
    const { ports, incident } = this.#reach;
    const act = { step: this.#step, target: this.#request.clientId };
    await incident.record({ kind: 'intended', ...act, startedAt: ports.clock.now() });
    const sentAt = ports.clock.now();
    let held: HeldId;
    try {
      held = await this.#connect(signal);
    } catch (error) {
      if (!(error instanceof EvictError)) throw error;
      const { code, message, hint } = signal.aborted ? CUT_OFF : error;
      await incident.record({
        kind: 'failed',
        ...act,
        code,
        message,
        hint,
        endedAt: ports.clock.now(),
      });
      signal.throwIfAborted();
      return false;
    }
    this.#held = held;
    this.#wasHeld = true;
    const resumed = this.#messages === undefined ? {} : { sessionPresent: held.sessionPresent };
    const endedAt = ports.clock.now();
    // Noted, not awaited: what proves the kick may be here already, and must not wait for the disk. No act can come before it.
    incident.note({ kind: 'done', ...act, already: false, sentAt, ...resumed, endedAt });
    return true;
  }

  async #connect(signal: AbortSignal): Promise<HeldId> {
    const { ports, incident, mqttVersion } = this.#reach;
    const { clientId, timeoutMs, keepSession } = this.#request;
    const onLost = (reason: string) => {
      this.#count();
      incident.note({ kind: 'lost', reason, lostAt: ports.clock.now() });
    };
    using limit = ports.clock.within(timeoutMs, signal);
    const messages = this.#messages;
    const onMessage = messages && ((message: ReceivedMessage) => messages.keep(message));
    const order = { clientId, mqttVersion, keepSession, onMessage, onLost };
    const held = await ports.takeover.connect(order, limit.signal);
    this.#heldSince = ports.clock.now();
    return held;
  }

  /** Disconnects gracefully, so that the broker does not take us for lost. */
  async letGo(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    this.#count();
    await held?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.letGo();
    const { ports, incident } = this.#reach;
    if (!this.#wasHeld) return;
    await this.#messages?.record();
    incident.note({ kind: 'released', heldMs: this.#heldMs, releasedAt: ports.clock.now() });
  }

  #count(): void {
    if (this.#heldSince !== undefined) this.#heldMs += this.#reach.ports.clock.now() - this.#heldSince;
    this.#heldSince = undefined;
  }
}

const CUT_OFF = { code: 'interrupted', message: 'stopped before the broker answered', hint: 'run again' };
