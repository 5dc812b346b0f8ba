import { messageOf } from '../domain/errors.ts';
import type { ReceivedMessage } from '../domain/kept-message.ts';
import type { ActingPorts, MessageFile } from '../domain/ports.ts';
import type { Incident } from './incident.ts';

/**
 * Keeps what comes to the client ID while we have it, as evidence. What cannot be kept is counted and said, and breaks
 * nothing: whoever is to be evicted goes, evidence or not.
 */
export class MessagesKept {
  readonly #ports: Pick<ActingPorts, 'clock' | 'messages'>;
  readonly #incident: Incident;
  #file: MessageFile | undefined;
  #kept = 0;
  #dropped = 0;
  #toldOfLoss = false;

  constructor({
    ports,
    incident,
  }: {
    readonly ports: Pick<ActingPorts, 'clock' | 'messages'>;
    readonly incident: Incident;
  }) {
    this.#ports = ports;
    this.#incident = incident;
  }

  /** Whether it was kept, and may be acknowledged. Never rejects. */
  async keep(message: ReceivedMessage): Promise<boolean> {
    const receivedAt = this.#ports.clock.now();
    const kept = await this.#orSayWhy((file) => file.keep({ ...message, receivedAt }));
    if (kept) this.#kept += 1;
    else this.#dropped += 1;
    return kept ?? false;
  }

  /** Closes the file, and records what it holds: what an interrupted run has kept there counts, too. */
  async record(): Promise<void> {
    const sum = await this.#orSayWhy((file) => file.close());
    const before = this.#incident.facts.messages?.dropped ?? 0;
    this.#incident.note({
      kind: 'messages-kept',
      count: this.#kept,
      ...sum,
      dropped: before + this.#dropped,
      endedAt: this.#ports.clock.now(),
    });
  }

  async #orSayWhy<Value>(act: (file: MessageFile) => Promise<Value>): Promise<Value | undefined> {
    const { place } = this.#incident;
    if (place === undefined) return undefined;
    this.#file ??= this.#ports.messages.beside(place.file);
    try {
      return await act(this.#file);
    } catch (error) {
      if (!this.#toldOfLoss)
        this.#incident.note({
          kind: 'warned',
          warning: { code: 'evidence-lost', message: messageOf(error) },
        });
      this.#toldOfLoss = true;
      return undefined;
    }
  }
}
