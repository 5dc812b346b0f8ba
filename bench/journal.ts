import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '../src/adapters/disk/journal.ts';
import { openToWrite } from '../src/adapters/disk/journal-file.ts';
import { ACCOUNT_ID, REGION } from '../src/sandbox/identity/account.ts';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { printRatio, timed } from './measure.ts';

/**
 * A dry run that looks in a journal of 10 million events beside one of 100 thousand and an empty one, in turns. In each the
 * client has the same 100 events; `--principal` lets a run go on where the journal has none.
 */
const RUNS = 21;
const CLIENT = 'pump-17';
const EVENTS_OF_EACH = 100;
const SIZES = { empty: 0, small: 100_000, large: 10_000_000 };
const AT_ONCE = 1_000_000;
const MONTH_MS = 30 * 86_400_000;

type Size = keyof typeof SIZES;
const NAMES = ['empty', 'small', 'large'] as const;

/** Numbers are bound as floating: divided so, they would make other names. */
const INSERT = `
WITH RECURSIVE
  numbers(i, n) AS (
    SELECT CAST(:from AS INTEGER), CAST(:devices AS INTEGER)
    UNION ALL SELECT i + 1, n FROM numbers WHERE i + 1 < :to
  ),
  devices(i, n, client, principal, at, kind) AS (
    SELECT i, n, 'pump-' || (i % n),
      CASE i % n WHEN 17 THEN :principal ELSE printf('%064x', (i % n) * 104729 + 1) END,
      CAST(:start + i * :step AS INTEGER),
      CASE (i / n) % 2 WHEN 0 THEN 'connected' ELSE 'disconnected' END
    FROM numbers
  )
INSERT INTO events (place, client, principal, at, received, digest, event)
SELECT 1, client, principal, at, at, randomblob(12), json_object(
  'clientId', client, 'timestamp', at, 'eventType', kind, 'principalIdentifier', principal,
  'sessionIdentifier', printf('%08x-4d2e-4b1c-b4fe-%012x', i / (2 * n), i % n),
  'versionNumber', i / (2 * n), 'ipAddress', '198.51.100.7')
FROM devices`;

const directory = await mkdtemp(join(tmpdir(), 'evict-bench-'));
const sandbox = await startSandbox({ directory: join(directory, 'sandbox'), intruder: CLIENT });
const principal = sandbox.truth().connections[0]?.principal ?? '';
for (const name of NAMES) await fill(name);

const times: Record<Size, number[]> = { empty: [], small: [], large: [] };
for (let run = 0; run < RUNS; run += 1) for (const name of NAMES) times[name].push(await lookUp(name));
printRatio('a look-up in a journal of 10 million events, beside an empty one', times.large, times.empty);
printRatio('  beside one of 100 thousand', times.large, times.small);
await sandbox[Symbol.asyncDispose]();
await rm(directory, { recursive: true });

function lookUp(name: Size): Promise<number> {
  const where = ['--config', sandbox.config, '--state-dir', join(directory, name), '--events', 'journal'];
  const how = ['--principal', principal, '--allow-shared', '--dry-run', '--json', '--quiet'];
  return timed(process.execPath, ['bin/evict.js', CLIENT, ...where, ...how]);
}

/** Events of a fleet over a month, in the order in which they would have come. */
async function fill(name: Size): Promise<void> {
  const state = join(directory, name);
  await mkdir(state);
  const file = join(state, 'journal.db');
  const here = { account: ACCOUNT_ID, region: REGION, endpoint: 'localhost' };
  using journal = await openJournal({ file, here, newWatcherId: 'evict-journal-0' });
  const now = Date.now();
  journal.listening({ at: now - MONTH_MS, resumed: false });
  journal.heard(now);
  const database = await openToWrite(file);
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -4000000');
  const total = SIZES[name];
  const insert = database.prepare(INSERT);
  for (let from = 0; from < total; from += AT_ONCE)
    insert.run({
      from,
      to: Math.min(total, from + AT_ONCE),
      devices: total / EVENTS_OF_EACH,
      start: now - MONTH_MS,
      step: MONTH_MS / total,
      principal,
    });
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}
