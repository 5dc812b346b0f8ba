import { isSamePlace } from '../../domain/journal-place.ts';
import type { JournalPlace } from '../../domain/journal-place.ts';
import { placeRow } from '../../domain/journal-rows.ts';
import { PLACE_COLUMNS } from './journal-columns.ts';
import type { JournalDatabase } from './journal-file.ts';

/** A place that was recorded at. */
export type RecordedPlace = JournalPlace & { readonly id: number; readonly watcherId: string };

export function recordedPlaces(database: JournalDatabase): RecordedPlace[] {
  return database
    .prepare(`SELECT ${PLACE_COLUMNS} FROM places ORDER BY id`)
    .all()
    .map((found) => placeRow.parse(found))
    .map(({ id, account, region, endpoint, watcher }) => ({
      id,
      account: account ?? undefined,
      region: region ?? undefined,
      endpoint: endpoint ?? undefined,
      watcherId: watcher,
    }));
}

/** The place in the journal that is this one, with what is newly known of it; or a new one. */
export function placeFor(
  database: JournalDatabase,
  here: JournalPlace,
  newWatcherId: string,
): Pick<RecordedPlace, 'id' | 'watcherId'> {
  const known = recordedPlaces(database).find((place) => isSamePlace(place, here));
  const { account = null, region = null, endpoint = null } = here;
  if (known === undefined) {
    const { lastInsertRowid } = database
      .prepare('INSERT INTO places (account, region, endpoint, watcher) VALUES (?, ?, ?, ?)')
      .run(account, region, endpoint, newWatcherId);
    return { id: Number(lastInsertRowid), watcherId: newWatcherId };
  }
  database
    .prepare(
      'UPDATE places SET account = coalesce(account, ?), region = coalesce(region, ?), endpoint = coalesce(?, endpoint) WHERE id = ?',
    )
    .run(account, region, endpoint, known.id);
  return known;
}
