import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { array, assert, asyncProperty, constantFrom, integer, nat, record, uint8Array } from 'fast-check';
import Database from 'libsql';
import { openJournal } from '../../../src/adapters/disk/journal.ts';
import { journalSource } from '../../../src/adapters/disk/journal-source.ts';
import type { JournalPlace } from '../../../src/domain/journal-place.ts';
import type { Arrival } from '../../../src/domain/broker-ports.ts';
import type { Search, SourceItem } from '../../../src/domain/source-ports.ts';
import type { ConnectedEvent } from '../../../src/domain/presence-event.ts';
import { principalOf } from '../../../src/domain/principal.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);
const HERE = {
  account: '111122223333',
  region: 'eu-west-1',
  endpoint: 'abc-ats.iot.eu-west-1.amazonaws.com',
};
const ELSEWHERE = {
  account: '444455556666',
  region: 'eu-west-1',
  endpoint: 'def-ats.iot.eu-west-1.amazonaws.com',
};

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let file: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  file = join(directory.path, 'state', 'journal.db');
});
afterEach(async () => {
  await directory[Symbol.asyncDispose]();
});

const aJournal = (here: JournalPlace = HERE) => openJournal({ file, here, newWatcherId: 'evict-journal-1' });

function anArrival(event: Partial<ConnectedEvent>, receivedAt = event.timestamp ?? NOW): Arrival {
  const raw = {
    clientId: 'pump-17',
    timestamp: NOW,
    eventType: 'connected' as const,
    sessionIdentifier: 's-1',
    principalIdentifier: 'a'.repeat(64),
    ...event,
  };
  return { event: raw, raw, receivedAt };
}

async function read(
  search: Search,
  here: JournalPlace = HERE,
  now = NOW,
  { signal } = new AbortController(),
): Promise<SourceItem[]> {
  const source = journalSource({ file, here: () => Promise.resolve(here), now: () => now });
  const items: SourceItem[] = [];
  for await (const item of source.read(search, signal)) items.push(item);
  return items;
}

/** What another program, or a bad disk, does to it. */
function change(sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

const ofClient = (clientId = 'pump-17'): Search => ({ for: 'client', clientId });
const eventsIn = (items: readonly SourceItem[]) =>
  items.flatMap((item) => (item.kind === 'event' ? [item.found] : []));
const flawsIn = (items: readonly SourceItem[]) =>
  items.flatMap((item) => (item.kind === 'flawed' ? [item.why] : []));

describe('the journal', () => {
  it('keeps what is recorded, as it was received, for its owner alone', async () => {
    using journal = await aJournal();
    const arrival = anArrival({ clientId: 'a\u0007"é/../x', extra: { nested: [1] } });
    expect(journal.keep([arrival])).toEqual([arrival]);
    expect(eventsIn(await read(ofClient('a\u0007"é/../x')))).toEqual([
      { event: arrival.event, raw: arrival.raw, source: 'journal', line: 1 },
    ]);
    for (const name of [file, `${file}-wal`, `${file}-shm`])
      expect((await stat(name)).mode & 0o777).toBe(0o600);
    expect((await stat(join(file, '..'))).mode & 0o777).toBe(0o700);
  });

  it('stores each event once, in whatever order and however often it comes, across restarts', async () => {
    const event = record({
      clientId: constantFrom('pump-17', 'pump-18'),
      timestamp: integer({ min: NOW - 10, max: NOW }),
      versionNumber: nat(2),
    });
    await assert(
      asyncProperty(array(array(event, { maxLength: 20 }), { maxLength: 3 }), async (runs) => {
        await using place = await temporaryDirectory();
        file = join(place.path, 'journal.db');
        let stored = 0;
        for (const run of runs) {
          using journal = await aJournal();
          stored += journal.keep(run.map((one) => anArrival(one))).length;
        }
        const texts = runs.flat().map((one) => JSON.stringify(anArrival(one).raw));
        expect(stored).toBe(new Set(texts).size);
        const found =
          stored === 0
            ? []
            : [...eventsIn(await read(ofClient())), ...eventsIn(await read(ofClient('pump-18')))];
        expect(found.map(({ raw }) => JSON.stringify(raw)).toSorted()).toEqual(
          [...new Set(texts)].toSorted(),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('finds the events of a principal on whatever client, by either spelling, and the newest of everybody', async () => {
    using journal = await aJournal();
    journal.keep([
      anArrival({ clientId: 'pump-1', principalIdentifier: 'A'.repeat(64) }),
      anArrival({ clientId: 'pump-2' }),
      anArrival({ clientId: 'pump-3', principalIdentifier: 'AROAEXAMPLE:alice' }),
      ...Array.from({ length: 20 }, (_, count) =>
        anArrival({ clientId: 'flapping', timestamp: NOW - 20 + count, principalIdentifier: 'b'.repeat(64) }),
      ),
    ]);
    const found = eventsIn(await read({ for: 'principal', principal: principalOf('a'.repeat(64)) }));
    expect(found.map(({ event }) => event.clientId).toSorted()).toEqual(['pump-1', 'pump-2']);
    const everybody = eventsIn(await read({ for: 'everybody' })).map(({ event }) => event);
    expect(new Set(everybody.map(({ clientId }) => clientId)).size).toBe(4);
    const flapping = everybody.filter(({ clientId }) => clientId === 'flapping');
    expect(flapping.map(({ timestamp }) => timestamp)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((ago) => NOW - ago),
    );
  });

  it('ends a look-up 15 days before the newest event that is not dated in the future, and keeps other kinds of events out of it', async () => {
    using journal = await aJournal();
    journal.keep([16, 14, 0, -400].map((days) => anArrival({ timestamp: NOW - days * DAY })));
    const failed = { ...anArrival({}).event, eventType: 'connect_failed' as const };
    journal.keep([{ event: failed, raw: failed, receivedAt: NOW }]);
    const found = eventsIn(await read(ofClient()));
    expect(found.map(({ event }) => (NOW - event.timestamp) / DAY)).toEqual([-400, 0, 14]);
  });

  it('forgets what is older than the retention, and says since when it was recorded', async () => {
    using journal = await aJournal();
    journal.listening({ at: NOW - 40 * DAY, resumed: false });
    journal.keep([anArrival({ timestamp: NOW - 31 * DAY }), anArrival({ timestamp: NOW - 29 * DAY })]);
    journal.heard(NOW);
    expect(journal.prune(NOW - 30 * DAY)).toBe(1);
    expect(journal.prune(NOW - 30 * DAY)).toBe(0);
    const items = await read(ofClient());
    expect(eventsIn(items)).toHaveLength(1);
    expect(items).toContainEqual({ kind: 'covers', since: NOW - 30 * DAY });
    expect(flawsIn(items)).toEqual([]);
  });
});

describe('the gaps of a journal', () => {
  it('are the times in which nobody listened and the broker kept nothing', async () => {
    const at = (minutes: number) => NOW + minutes * 60_000;
    {
      using journal = await aJournal();
      expect(journal.listening({ at: at(-100), resumed: false })).toBeUndefined();
      journal.heard(at(-90));
    }
    using journal = await aJournal();
    expect(journal.listening({ at: at(-80), resumed: true })).toBeUndefined();
    journal.heard(at(-70));
    expect(journal.listening({ at: at(-60), resumed: false })).toEqual({ from: at(-70), to: at(-60) });
    journal.heard(at(0));
    expect(flawsIn(await read(ofClient()))).toEqual(['nothing was recorded for 10 min, until 60 min ago']);
    expect(flawsIn(await read(ofClient(), HERE, at(180)))).toEqual([
      'nothing was recorded in the last 3 h, nor in 1 gaps before that: evict watch is not running',
    ]);
  });
});

describe('what was recorded elsewhere', () => {
  it.each([
    ['another account', ELSEWHERE],
    ['another region', { ...HERE, region: 'us-east-1' }],
    ['an unknown account at another endpoint', { region: 'eu-west-1', endpoint: 'other.example' }],
    ['nobody knows where', { region: 'eu-west-1' }],
  ])('does not answer: %s', async (_, recorded) => {
    using journal = await aJournal(recorded);
    journal.listening({ at: NOW, resumed: false });
    journal.keep([anArrival({})]);
    const items = await read(ofClient());
    expect(items).toEqual([{ kind: 'flawed', source: 'journal', why: expect.stringContaining('elsewhere') }]);
  });

  it('is kept apart, with a session of its own, and known again by what was learnt since', async () => {
    const open = (here: JournalPlace, newWatcherId: string) => openJournal({ file, here, newWatcherId });
    for (const [here, watcherId] of [
      [{ region: HERE.region, endpoint: HERE.endpoint }, 'first'],
      [ELSEWHERE, 'other'],
      [HERE, 'first'],
      [{ account: HERE.account, region: HERE.region, endpoint: 'own.example' }, 'first'],
    ] as const) {
      using journal = await open(here, watcherId);
      expect(journal.watcherId).toBe(watcherId);
      journal.keep([anArrival({ timestamp: NOW, thingName: JSON.stringify(here) })]);
    }
    expect(eventsIn(await read(ofClient()))).toHaveLength(3);
    expect(eventsIn(await read(ofClient(), ELSEWHERE))).toHaveLength(1);
    expect(eventsIn(await read({ for: 'everybody' }, ELSEWHERE))).toHaveLength(1);
  });
});

describe('a damaged event', () => {
  it.each(['event', 'client'])('is told of, and the others count: %s', async (column) => {
    using journal = await aJournal();
    journal.keep([anArrival({}), anArrival({ clientId: 'pump-18' })]);
    change(`UPDATE events SET ${column} = CAST(x'deadbeef' AS TEXT) WHERE client = 'pump-17'`);
    const items = await read({ for: 'everybody' });
    expect(eventsIn(items).map(({ event }) => event.clientId)).toEqual(['pump-18']);
    expect(flawsIn(items)).toEqual(['it is damaged: 1 of its events cannot be read']);
  });
});

describe('a journal that cannot be used', () => {
  it('is one that is not there: said, with what records one', async () => {
    await expect(read(ofClient())).rejects.toMatchObject({
      code: 'no-history',
      hint: expect.stringContaining('evict watch'),
    });
  });

  it('is one that is damaged: refused, and left as it is', async () => {
    (await aJournal())[Symbol.dispose]();
    for (const damage of [
      Buffer.from('no database, but long enough to be looked at'.repeat(100)),
      await damagedCopy(),
    ]) {
      file = join(directory.path, `${damage.length}.db`);
      await writeFile(file, damage);
      await expect(read(ofClient())).rejects.toMatchObject({
        code: 'file-invalid',
        message: expect.stringContaining('damaged'),
      });
      await expect(aJournal()).rejects.toMatchObject({ message: expect.stringContaining(file) });
      expect(await readFile(file)).toEqual(damage);
    }
  });

  it.each(['account', 'region', 'endpoint', 'watcher'])(
    'is one whose place is no text any more: %s',
    async (column) => {
      (await aJournal())[Symbol.dispose]();
      change(`UPDATE places SET ${column} = CAST(x'deadbeef' AS TEXT)`);
      for (const use of [() => read(ofClient()), aJournal])
        await expect(use()).rejects.toMatchObject({ code: 'file-invalid' });
    },
  );

  it('is one whose times are no numbers any more: it covers nothing', async () => {
    {
      using journal = await aJournal();
      journal.listening({ at: NOW, resumed: false });
    }
    change("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '')");
    change("UPDATE spans SET since = CAST(x'deadbeef' AS TEXT)");
    await expect(read(ofClient())).rejects.toMatchObject({ code: 'file-invalid' });
    using journal = await aJournal();
    expect(() => journal.listening({ at: NOW, resumed: true })).toThrow('damaged');
  });

  it('says so wherever its bytes are damaged, or is read', async () => {
    {
      using journal = await aJournal();
      journal.keep(Array.from({ length: 30 }, (_, ago) => anArrival({ timestamp: NOW - ago })));
    }
    change('PRAGMA wal_checkpoint(TRUNCATE)');
    const whole = await readFile(file);
    let runs = 0;
    const damage = record({ at: nat(whole.length - 1), bytes: uint8Array({ minLength: 1, maxLength: 64 }) });
    await assert(
      asyncProperty(damage, async ({ at, bytes }) => {
        const damaged = Buffer.from(whole);
        damaged.set(bytes.subarray(0, whole.length - at), at);
        file = join(directory.path, `${(runs += 1)}.db`);
        await writeFile(file, damaged);
        for (const search of [ofClient(), { for: 'everybody' } as const])
          await read(search).catch((error: unknown) => {
            expect(error).toMatchObject({ code: 'file-invalid' });
          });
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['of another program', 0],
    ['of another program that counts its versions, too', 1],
  ])('is a database %s: refused, and left as it is', async (_, version) => {
    await mkdir(dirname(file));
    change(`CREATE TABLE others (a); PRAGMA user_version = ${version}`);
    const before = await readFile(file);
    for (const use of [() => read(ofClient()), aJournal])
      await expect(use()).rejects.toMatchObject({ code: 'file-invalid' });
    expect((await readFile(file)).subarray(100)).toEqual(before.subarray(100));
  });

  it('is one that has lost its version: never taken for none', async () => {
    (await aJournal())[Symbol.dispose]();
    change('PRAGMA user_version = 0');
    for (const use of [() => read(ofClient()), aJournal])
      await expect(use()).rejects.toMatchObject({
        code: 'file-invalid',
        message: expect.stringContaining('damaged'),
      });
  });

  it('is one of a newer version: refused, and left as it is', async () => {
    (await aJournal())[Symbol.dispose]();
    change('PRAGMA user_version = 2');
    for (const use of [() => read(ofClient()), aJournal])
      await expect(use()).rejects.toMatchObject({
        code: 'file-invalid',
        message: expect.stringContaining('newer version'),
      });
  });

  /** Its first page is whole; the others are not. */
  async function damagedCopy(): Promise<Buffer> {
    const bytes = await readFile(file);
    bytes.fill(0xff, 4096);
    return bytes;
  }
});

describe('a journal in a directory that may not be written', () => {
  it('is read all the same, unless its log is needed', async () => {
    {
      using journal = await aJournal();
      journal.keep([anArrival({})]);
    }
    change('PRAGMA wal_checkpoint(TRUNCATE)');
    await Promise.all([chmod(directory.path, 0o755), chmod(dirname(file), 0o555), chmod(file, 0o644)]);
    expect(eventsIn(await asNobody(() => read(ofClient())))).toHaveLength(1);
    await chmod(dirname(file), 0o755);
    await writeFile(`${file}-wal`, 'a log');
    await chmod(dirname(file), 0o555);
    await expect(asNobody(() => read(ofClient()))).rejects.toMatchObject({ code: 'file-unreadable' });
    await chmod(dirname(file), 0o755);
  });

  /** Root may write everywhere. */
  async function asNobody<T>(act: () => Promise<T>): Promise<T> {
    if (process.geteuid?.() !== 0) return act();
    process.seteuid?.(65_534);
    try {
      return await act();
    } finally {
      process.seteuid?.(0);
    }
  }
});

describe('a look-up in a journal', () => {
  const MANY = 10_000;

  it('hears its end while it reads, and lets the log go at its own', async () => {
    using journal = await aJournal();
    journal.keep(Array.from({ length: MANY }, (_, ago) => anArrival({ timestamp: NOW - ago })));
    const over = new AbortController();
    setImmediate(() => over.abort());
    expect(eventsIn(await read(ofClient(), HERE, NOW, over)).length).toBeLessThan(MANY);
    await read(ofClient());
    const database = new Database(file);
    expect(database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 });
    database.close();
  });

  it('waits for another who has locked it, and hears its end meanwhile', async () => {
    (await aJournal())[Symbol.dispose]();
    change('PRAGMA wal_checkpoint(TRUNCATE)');
    const copy = join(directory.path, 'copy.db'); // that nobody else has open
    await copyFile(file, copy);
    file = copy;
    const other = new Database(file);
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    const over = new AbortController();
    setImmediate(() => over.abort(new Error('over')));
    await expect(read(ofClient(), HERE, NOW, over)).rejects.toMatchObject({ name: 'AbortError' });
    setImmediate(() => other.close());
    expect(await read(ofClient())).toEqual([]);
  });
});

describe('a look-up while events are recorded', () => {
  it('sees all that was kept before it began', async () => {
    using journal = await aJournal();
    for (let count = 1; count <= 20; count += 1) {
      journal.keep([anArrival({ timestamp: NOW - count })]);
      const source = journalSource({ file, here: () => Promise.resolve(HERE), now: () => NOW });
      let seen = 0;
      for await (const item of source.read(ofClient(), new AbortController().signal)) {
        if (item.kind !== 'event') continue;
        if (seen === 0) journal.keep([anArrival({ clientId: 'pump-18', timestamp: NOW - count })]);
        seen += 1;
      }
      expect(seen).toBe(count);
    }
  });
});
