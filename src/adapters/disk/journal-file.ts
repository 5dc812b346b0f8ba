import { accessSync, chmodSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { codeOf } from '../../domain/errors.ts';
import { makeDirectory } from './directory.ts';
import { damaged, foreign, newer, unusable, whyNot } from './journal-faults.ts';
import { BUSY, CANTOPEN, READONLY, isAbout } from './sqlite-result.ts';

/** What a statement or a commit waits for others who have the file. */
const PATIENCE_MS = 5_000;
const NEXT_TRY_MS = 50;
const VERSION = 1;
const TABLES = "('places', 'spans', 'events')";

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
    if (isBlank(database, path)) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
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
    if (!isBlank(database, path)) {
      database.exec('BEGIN');
      database.prepare('SELECT 1 FROM places LIMIT 1').get();
      return database;
    }
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return undefined;
}

/** Whether nothing is in there yet. What a newer version or another program wrote is neither misread nor changed. */
function isBlank(database: JournalDatabase, path: string): boolean {
  const version = Number(oneOf(database, 'PRAGMA user_version'));
  const tables = Number(oneOf(database, 'SELECT count(*) FROM sqlite_schema'));
  if (version === 0 && tables === 0) return true;
  const own = Number(oneOf(database, `SELECT count(*) FROM sqlite_schema WHERE name IN ${TABLES}`));
  if (own === 0) throw foreign(path);
  if (version > VERSION) throw newer(path);
  if (version < VERSION) throw damaged(path, 'its version is lost');
  return false;
}

function oneOf(database: JournalDatabase, sql: string): string | undefined {
  return database.prepare(sql).raw().get()?.toString();
}
