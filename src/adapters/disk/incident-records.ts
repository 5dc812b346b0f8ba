import { open, readFile, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { EvictError, codeOf, messageOf } from '../../domain/errors.ts';
import { INCIDENT_ID } from '../../domain/incident.ts';
import type { IncidentRecords, IncidentStore } from '../../domain/record-ports.ts';
import { printable } from '../../domain/printable.ts';
import { makeDirectory } from './directory.ts';
import { NO_HASH, readChain } from './hash-chain.ts';
import type { ChainReading } from './hash-chain.ts';
import { RecordFile } from './record-file.ts';

/** An incident as it was read, with the file that it was read from. */
export type IncidentReading = ChainReading & { readonly file: string; readonly incident: string };

/** The records below a state directory, one file an incident. */
export class IncidentDirectory implements IncidentRecords {
  readonly #directory: string;
  readonly #listing: string;

  /** The listing is the command that shows which incidents there are. */
  constructor(stateDirectory: string, listing = 'evict incidents') {
    this.#directory = join(stateDirectory, 'incidents');
    this.#listing = listing;
  }

  /** Begins a record. Throws `state-dir-unusable`. */
  async create(incident: string): Promise<IncidentStore> {
    const file = join(this.#directory, `${incident}.jsonl`);
    try {
      await makeDirectory(this.#directory);
      const store = new RecordFile(file, await open(file, 'ax', 0o600), { seq: 0, prev: NO_HASH, size: 0 });
      await syncDirectory(this.#directory);
      return store;
    } catch (error) {
      throw new EvictError(
        'state-dir-unusable',
        `no record can be kept in "${printable(this.#directory)}": ${messageOf(error)}`,
        {
          hint: 'give a directory that can be written with --state-dir; nothing was changed',
          cause: error,
        },
      );
    }
  }

  /** Goes on with a record: a line that its writer did not finish never counted, and makes room. */
  async append(before: IncidentReading): Promise<IncidentStore> {
    const { file, entries, wholeBytes, torn } = await this.read(before.file);
    if (entries.length !== before.entries.length)
      throw new EvictError('record-broken', `"${printable(file)}" has grown since it was read`, {
        hint: 'another run is at work on it: wait until it has ended, then run again; nothing was changed',
      });
    try {
      const handle = await open(file, 'r+');
      if (torn) await handle.truncate(wholeBytes);
      const last = entries.at(-1);
      return new RecordFile(file, handle, {
        seq: (last?.seq ?? -1) + 1,
        prev: last?.hash ?? NO_HASH,
        size: wholeBytes,
      });
    } catch (error) {
      throw new EvictError('record-broken', `"${printable(file)}" cannot be continued: ${messageOf(error)}`, {
        hint: 'check its permissions; nothing was changed',
        cause: error,
      });
    }
  }

  /**
   * Reads one incident, named by its ID or by the path of its record. A record that was tampered with is one, too: its
   * `problem` says so. Throws `no-such-incident` where there is not a single entry.
   */
  async read(name: string): Promise<IncidentReading> {
    const file = INCIDENT_ID.test(name) ? join(this.#directory, `${name}.jsonl`) : resolve(name);
    const chain = readChain(await this.#contents(file, name));
    if (chain.entries.length === 0) throw noSuchIncident(name, this.#directory, this.#listing, undefined);
    const opened = chain.entries.find(({ entry }) => entry.kind === 'opened')?.entry;
    return {
      ...chain,
      file,
      incident: opened?.kind === 'opened' ? opened.incident : basename(file, '.jsonl'),
    };
  }

  async #contents(file: string, name: string): Promise<string> {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      throw noSuchIncident(name, this.#directory, this.#listing, error);
    }
  }

  /** Every incident of the directory, oldest first, and the files that could not be read as such. */
  async list(): Promise<{
    readonly incidents: readonly IncidentReading[];
    readonly unreadable: readonly string[];
  }> {
    const names = (await this.#names()).filter((name) => name.endsWith('.jsonl')).toSorted();
    const read = await Promise.allSettled(names.map((name) => this.read(join(this.#directory, name))));
    return {
      incidents: read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
      unreadable: names.filter((_, index) => read[index]?.status === 'rejected'),
    };
  }

  /** No directory: no incident yet. */
  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#directory);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw new EvictError(
        'state-dir-unusable',
        `"${printable(this.#directory)}" cannot be read: ${messageOf(error)}`,
        {
          hint: 'check --state-dir',
          cause: error,
        },
      );
    }
  }
}

/** The new file's name, too, must survive a power cut. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function noSuchIncident(name: string, directory: string, listing: string, cause: unknown): EvictError {
  return new EvictError(
    'no-such-incident',
    `"${printable(name)}" is no incident in "${printable(directory)}", and no record file`,
    {
      hint: `for those that there are: ${listing}; or give the path of a record`,
      cause,
    },
  );
}
