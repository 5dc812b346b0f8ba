import { unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { EvictError, messageOf } from '../../domain/errors.ts';
import type { IncidentEntry } from '../../domain/incident.ts';
import type { IncidentStore } from '../../domain/record-ports.ts';
import { printable } from '../../domain/printable.ts';
import { chainedLine } from './hash-chain.ts';

/** What must survive a power cut the moment it is said: all but the stream of observations. */
const NOT_SYNCED = new Set<IncidentEntry['kind']>([
  'observed',
  'opened',
  'identified',
  'waiting',
  'sources-read',
  'sighted',
]);

/** One open record. Written by one process: that another one wrote, too, shows in its size. */
export class RecordFile implements IncidentStore {
  readonly file: string;
  readonly #handle: FileHandle;
  #end: { seq: number; prev: string; size: number };

  constructor(file: string, handle: FileHandle, end: { seq: number; prev: string; size: number }) {
    this.file = file;
    this.#handle = handle;
    this.#end = end;
  }

  async append(entry: IncidentEntry): Promise<{ readonly hash: string }> {
    const { seq, prev, size } = this.#end;
    const { line, hash } = chainedLine(entry, { seq, at: new Date().toISOString(), prev });
    const bytes = Buffer.from(`${line}\n`);
    try {
      if ((await this.#handle.stat()).size !== size) throw new Error('another process has written to it');
      await this.#writeAt(bytes, size);
      if (!NOT_SYNCED.has(entry.kind)) await this.#handle.datasync();
    } catch (error) {
      throw new EvictError(
        'record-unwritable',
        `the record "${printable(this.file)}" cannot be written: ${messageOf(error)}`,
        {
          hint: 'make room there, or give another --state-dir',
          cause: error,
        },
      );
    }
    this.#end = { seq: seq + 1, prev: hash, size: size + bytes.length };
    return { hash };
  }

  /** A record in which not even the first entry found room is none. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
    if (this.#end.size === 0) await unlink(this.file);
  }

  /** A disk that fills up in the middle of a line must not leave half of it behind. */
  async #writeAt(bytes: Buffer, position: number): Promise<void> {
    const { bytesWritten } = await this.#handle.write(bytes, 0, bytes.length, position);
    if (bytesWritten === bytes.length) return;
    await this.#handle.truncate(position);
    throw new Error('no space left on the device');
  }
}
