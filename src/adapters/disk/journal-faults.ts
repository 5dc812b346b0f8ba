import { EvictError, messageOf } from '../../domain/errors.ts';
import { isRowsFault } from '../../domain/journal-rows.ts';
import { printable } from '../../domain/printable.ts';
import { isAboutContent } from './sqlite-result.ts';

/** Why a journal cannot be used, in our words. */
export function whyNot(path: string, error: unknown): EvictError {
  if (error instanceof EvictError) return error;
  return isDamage(error) ? damaged(path, error) : unusable(path, error);
}

export function isDamage(error: unknown): boolean {
  return isRowsFault(error) || isAboutContent(error);
}

/** What SQLite says may cite what it found. */
export function damaged(path: string, cause: unknown): EvictError {
  const what = isRowsFault(cause) ? 'it holds a row that makes no sense' : printable(messageOf(cause));
  return new EvictError('file-invalid', `the journal "${printable(path)}" is damaged: ${what}`, {
    hint: 'move it and its -wal and -shm files away, and keep them: sqlite3 .recover may save what is in there; evict watch begins a new one',
    cause,
  });
}

export function foreign(path: string): EvictError {
  return new EvictError(
    'file-invalid',
    `the journal "${printable(path)}" is the database of another program`,
    { hint: 'give another directory with --state-dir' },
  );
}

export function newer(path: string): EvictError {
  return new EvictError(
    'file-invalid',
    `the journal "${printable(path)}" was written by a newer version of evict`,
    { hint: 'use that version, or give another directory with --state-dir' },
  );
}

export function unusable(path: string, cause: unknown): EvictError {
  return new EvictError(
    'file-unreadable',
    `the journal "${printable(path)}" cannot be used: ${messageOf(cause)}`,
    {
      hint: 'check the permissions and the room on the disk, or give another directory with --state-dir; to look up, a copy with its -wal file will do',
      cause,
    },
  );
}
