import { accessSync, chmodSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { EvictError, codeOf, messageOf } from '../../domain/errors.ts';
import { isRowsFault } from '../../domain/journal-rows.ts';
import { printable } from '../../domain/printable.ts';
import { makeDirectory } from './directory.ts';
import { BUSY, CANTOPEN, READONLY, isAbout, isAboutContent } from './sqlite-result.ts';

/** What a statement or a commit waits for others who have the file. */
const PATIENCE_MS = 5_000;
const NEXT_TRY_MS = 50;
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
  try {
    return readyToWrite(path);
  } catch (error) {
    throw whyNot(path, error);
  }
}

function readyToWrite(path: string): JournalDatabase {
  const database = new Database(path, { timeout: PATIENCE_MS });
  try {
    if (versionOf(database, path) === 0) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    database.exec('PRAGMA journal_mode = WAL');
    // A commit has reached the disk when it returns: what is acknowledged after it is lost to no power cut.
    database.exec('PRAGMA synchronous = FULL');
    // 32 MB: to move the log into the database is what keeps a busy recording waiting longest.
    database.exec('PRAGMA wal_autocheckpoint = 8000');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether there is a file; one that may not be read is a failure. */
export function isThere(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw unusable(path, error);
  }
}

/** Opens the journal to read it as it is now, beside whoever writes it; `undefined`: nothing was ever recorded. */
export async function openToRead(path: string, signal: AbortSignal): Promise<JournalDatabase | undefined> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return snapshot(path);
    } catch (error) {
      signal.throwIfAborted();
      const goesOn = isAbout(error, [BUSY]) && performance.now() < giveUpAt;
      if (!goesOn) throw whyNot(path, error);
    }
    await delay(NEXT_TRY_MS, undefined, { signal }); // a wait inside of SQLite would hold up everything else
  }
}

/**
 * Where nothing can be written beside it (another's directory, a medium for reading only), SQLite cannot share it with a writer.
 * It need not where there is no log: then the file is all there is, and nobody writes it.
 */
function snapshot(path: string): JournalDatabase | undefined {
  try {
    return begun(path, 'mode=ro');
  } catch (error) {
    if (!isAbout(error, [CANTOPEN, READONLY]) || !isAllThereIs(path)) throw error;
    return begun(path, 'mode=ro&immutable=1');
  }
}

function isAllThereIs(path: string): boolean {
  const sizeOf = (name: string) => statSync(name, { throwIfNoEntry: false })?.size ?? 0;
  return statSync(path).isFile() && sizeOf(`${path}-wal`) === 0 && sizeOf(`${path}-journal`) === 0;
}

/** All that is read of it is of one moment, and waits for nobody any more. */
function begun(path: string, how: string): JournalDatabase | undefined {
  const database = new Database(`${pathToFileURL(path).href}?${how}`);
  try {
    database.exec('BEGIN');
    if (versionOf(database, path) !== 0) return database;
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return undefined;
}

/** A connection lives until its last row is collected as garbage: what it has read from is let go at once, for the writer's sake. */
export function closeAfterReading(database: JournalDatabase): void {
  try {
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}

/** 0: nothing is in there. What a newer version or another program wrote is neither misread nor changed. */
function versionOf(database: JournalDatabase, path: string): number {
  const version = Number(database.prepare('PRAGMA user_version').raw().get()?.toString());
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (version === VERSION || (version === 0 && isEmpty)) return version;
  const what =
    version > VERSION
      ? 'was written by a newer version of evict'
      : 'is no journal of evict, but the database of another program';
  throw new EvictError('file-invalid', `the journal "${printable(path)}" ${what}`, {
    hint:
      version > VERSION
        ? 'use that version, or give another directory with --state-dir'
        : 'give another directory with --state-dir',
  });
}

function whyNot(path: string, error: unknown): EvictError {
  if (error instanceof EvictError) return error;
  return isDamage(error) ? damaged(path, error) : unusable(path, error);
}

export function isDamage(error: unknown): boolean {
  return isRowsFault(error) || isAboutContent(error);
}

export function damaged(path: string, cause: unknown): EvictError {
  return new EvictError(
    'file-invalid',
    `the journal "${printable(path)}" is damaged: ${whatIsWrong(cause)}`,
    {
      hint: 'move it and its -wal and -shm files away, and keep them: sqlite3 .recover may save what is in there; evict watch begins a new one',
      cause,
    },
  );
}

/** It may cite what it found. */
function whatIsWrong(cause: unknown): string {
  return isRowsFault(cause) ? 'it holds a row that makes no sense' : printable(messageOf(cause));
}

export function unusable(path: string, cause: unknown): EvictError {
  return new EvictError(
    'file-unreadable',
    `the journal "${printable(path)}" cannot be used: ${messageOf(cause)}`,
    {
      hint: 'check the permissions and the room on the disk, or give another directory with --state-dir; to read, a copy with its -wal file will do',
      cause,
    },
  );
}
