import { createHash } from 'node:crypto';
import { open, readFile, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { EvictError, codeOf, messageOf } from '../../domain/errors.ts';
import { MOST_KEPT } from '../../domain/kept-message.ts';
import type { KeepingBound, KeptMessage, KeptMessageLine } from '../../domain/kept-message.ts';
import type { MessageFile, MessageKeeper, MessageSum } from '../../domain/message-keeper.ts';
import { printable, printableJson } from '../../domain/printable.ts';
import { makeDirectory } from './directory.ts';

/** Left free for the record, without which nothing more can be done: a flood of messages must not stop a run. */
const ROOM_FOR_THE_RECORD = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Keeps messages in a folder beside the record and of its name: `<incident>.jsonl`, `<incident>/messages.jsonl`. */
export function messageKeeper(bound: KeepingBound = MOST_KEPT): MessageKeeper {
  return { beside: (record) => new MessagesOnDisk(folderBeside(record), bound) };
}

function folderBeside(record: string): string {
  return record.endsWith('.jsonl') ? record.slice(0, -'.jsonl'.length) : `${record}.evidence`;
}

/** An open file, and what it holds. */
type Holding = { readonly handle: FileHandle; count: number; size: number };

class MessagesOnDisk implements MessageFile {
  readonly #folder: string;
  readonly #file: string;
  readonly #bound: KeepingBound;
  #holding: Holding | undefined;
  #closed = false;
  /** One after the other: a connection that is lost and the next one may overlap. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string, bound: KeepingBound) {
    this.#folder = folder;
    this.#file = join(folder, 'messages.jsonl');
    this.#bound = bound;
  }

  keep(message: KeptMessage): Promise<boolean> {
    return this.#next(() => (this.#closed ? Promise.resolve(false) : this.#append(lineOf(message))));
  }

  close(): Promise<MessageSum | undefined> {
    return this.#next(async () => {
      this.#closed = true;
      const handle = this.#holding?.handle;
      try {
        await handle?.sync();
      } finally {
        await handle?.close();
      }
      return sumOf(this.#file);
    });
  }

  #next<Value>(act: () => Promise<Value>): Promise<Value> {
    const done = this.#last.then(act).catch((error: unknown) => {
      throw unkept(this.#file, error);
    });
    this.#last = done.catch(() => undefined); // told to whoever asked for it
    return done;
  }

  async #append(line: Buffer): Promise<boolean> {
    this.#holding ??= await openToGoOn(this.#folder, this.#file);
    const holding = this.#holding;
    if (holding.count >= this.#bound.messages || holding.size + line.length > this.#bound.bytes) return false;
    await leaveRoom(this.#folder, line.length);
    const { bytesWritten } = await holding.handle.write(line, 0, line.length);
    if (bytesWritten < line.length) {
      await holding.handle.truncate(holding.size);
      throw new Error('no space left on the device');
    }
    holding.count += 1;
    holding.size += line.length;
    return true;
  }
}

/** Opens the file behind all that it holds already. A line that its writer did not finish was not acknowledged, either. */
async function openToGoOn(folder: string, file: string): Promise<Holding> {
  await makeDirectory(folder);
  const handle = await open(file, 'a+', 0o600);
  try {
    const bytes = await handle.readFile();
    const size = bytes.lastIndexOf(NEWLINE) + 1;
    if (size < bytes.length) await handle.truncate(size);
    return { handle, count: linesIn(bytes), size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function leaveRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize - bytes < ROOM_FOR_THE_RECORD)
    throw new Error('what room there is on the disk is left to the record');
}

/** Of what is on the disk by now; undefined: nothing was ever kept. */
async function sumOf(file: string): Promise<MessageSum | undefined> {
  try {
    const bytes = await readFile(file);
    return { file, count: linesIn(bytes), sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function linesIn(bytes: Buffer): number {
  return bytes.reduce((count, byte) => (byte === NEWLINE ? count + 1 : count), 0);
}

function lineOf({ receivedAt, payload, topic, qos, retain, dup }: KeptMessage): Buffer {
  const line: KeptMessageLine = {
    receivedAt: new Date(receivedAt).toISOString(),
    topic,
    qos,
    retain,
    dup,
    payload: Buffer.from(payload).toString('base64'),
  };
  return Buffer.from(`${printableJson(line)}\n`);
}

function unkept(file: string, cause: unknown): EvictError {
  return new EvictError(
    'evidence-unwritable',
    `messages cannot be kept in "${printable(file)}": ${messageOf(cause)}`,
    { hint: 'make room there; what was not kept was not acknowledged', cause },
  );
}
