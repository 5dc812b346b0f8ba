import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { EvictError, codeOf, messageOf } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { makeDirectory } from './directory.ts';

/** What a statement or a commit waits for others who have the file. */
const PATIENCE_MS = 5_000;
const VERSION = 1;

/**
 * `digest` is of the event as received: a duplicate is the same in every field, and finds its place taken. `at` is the event's
 * own time. Recordings at different places (account, region) never mix; `spans` are the times in which nothing escaped.
 */
const SCHEMA = `
CREATE TABLE places (
  id INTEGER PRIMARY KEY, account TEXT, region TEXT, endpoint TEXT, watcher TEXT NOT NULL
) STRICT;
CREATE TABLE spans (
  id INTEGER PRIMARY KEY, place INTEGER NOT NULL REFERENCES places, since INTEGER NOT NULL, until INTEGER NOT NULL
) STRICT;
CREATE TABLE events (
  id INTEGER PRIMARY KEY, place INTEGER NOT NULL REFERENCES places, client TEXT NOT NULL, principal TEXT NOT NULL,
  at INTEGER NOT NULL, received INTEGER NOT NULL, digest BLOB NOT NULL, event TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX by_client ON events (place, client, at, digest);
CREATE INDEX by_principal ON events (place, principal, at);
PRAGMA user_version = ${VERSION};
`;

export type JournalDatabase = Database.Database;

/** Opens the journal to write, and makes it where there is none. */
export async function openToWrite(path: string): Promise<JournalDatabase> {
  try {
    await makeDirectory(dirname(path));
    closeSync(openSync(path, 'a', 0o600)); // SQLite gives its other files the same mode
    chmodSync(path, 0o600);
  } catch (error) {
    throw unusable(path, error);
  }
  return opened(path, () => {
    const database = new Database(path, { timeout: PATIENCE_MS });
    if (versionOf(database, path) === 0) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    database.exec('PRAGMA journal_mode = WAL');
    // A commit has reached the disk when it returns: what is acknowledged after it is lost to no power cut.
    database.exec('PRAGMA synchronous = FULL');
    // 32 MB: to move the log into the database is what keeps a busy recording waiting longest.
    database.exec('PRAGMA wal_autocheckpoint = 8000');
    return database;
  });
}

/** Opens the journal to read, beside whoever writes it; `undefined`: nothing was ever recorded. */
export function openToRead(path: string): JournalDatabase | undefined {
  if (!existsSync(path)) return undefined;
  return opened(path, () => {
    const database = new Database(`${pathToFileURL(path).href}?mode=ro`, { timeout: PATIENCE_MS });
    return versionOf(database, path) === 0 ? undefined : database;
  });
}

/** A journal that a newer version wrote is neither misread nor changed. */
function versionOf(database: JournalDatabase, path: string): number {
  const version = Number(database.prepare('PRAGMA user_version').raw().get()?.toString());
  if (version <= VERSION) return version;
  database.close();
  throw new EvictError(
    'file-invalid',
    `the journal "${printable(path)}" was written by a newer version of evict`,
    { hint: 'use that version, or give another directory with --state-dir' },
  );
}

function opened<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof EvictError) throw error;
    throw isDamage(error) ? damaged(path, error) : unusable(path, error);
  }
}

const DAMAGE: ReadonlySet<string> = new Set(['SQLITE_NOTADB', 'SQLITE_CORRUPT', 'SQLITE_IOERR_SHORT_READ']);

export function isDamage(error: unknown): boolean {
  return [...DAMAGE].some((code) => codeOf(error).startsWith(code));
}

export function damaged(path: string, cause: unknown): EvictError {
  return new EvictError('file-invalid', `the journal "${printable(path)}" is damaged: ${messageOf(cause)}`, {
    hint: 'move it and its -wal and -shm files away, and keep them: sqlite3 .recover may save what is in there; evict watch begins a new one',
    cause,
  });
}

export function unusable(path: string, cause: unknown): EvictError {
  return new EvictError(
    'file-unreadable',
    `the journal "${printable(path)}" cannot be used: ${messageOf(cause)}`,
    {
      hint: 'check the permissions and the room on the disk, or give another directory with --state-dir',
      cause,
    },
  );
}
