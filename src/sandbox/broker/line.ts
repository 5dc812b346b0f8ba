import { Duplex } from 'node:stream';

/** Looks at what comes in before the broker does. Returns whether it may go on to it. */
export type Inspect = (chunk: Buffer) => boolean;

/** A connection as the broker holds it: the socket behind it can be made to go silent both ways, as a broken network does. */
export class Line extends Duplex {
  readonly #socket: Duplex;
  readonly #inspect: Inspect;
  #stalled = false;
  #heldBack: (() => void)[] = [];

  constructor(socket: Duplex, inspect: Inspect) {
    super();
    this.#socket = socket;
    this.#inspect = inspect;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#pass(() => this.push(null)));
    socket.on('error', (error) => this.#pass(() => this.destroy(error)));
    socket.on('close', () => this.#pass(() => this.destroy()));
  }

  /** From now on nothing passes, an end neither: neither side is told. */
  stall(): void {
    this.#stalled = true;
    this.#socket.pause();
  }

  /** What was held back passes now. */
  resumeTraffic(): void {
    this.#stalled = false;
    for (const act of this.#heldBack.splice(0)) act();
    this.#socket.resume();
  }

  #pass(act: () => void): void {
    if (this.#stalled) this.#heldBack.push(act);
    else act();
  }

  #receive(chunk: Buffer): void {
    if (this.#inspect(chunk) && !this.push(chunk)) this.#socket.pause();
  }

  override _read(): void {
    if (!this.#stalled) this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#pass(() => void this.#socket.write(chunk, encoding, done));
  }

  override _final(done: () => void): void {
    this.#pass(() => void this.#socket.end(done));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#pass(() => void this.#socket.destroy());
    done(error);
  }
}
