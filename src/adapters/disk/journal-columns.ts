/**
 * What is selected of a journal. Where a text is no UTF-8, as in a damaged file, the library ends the whole process: it is asked
 * for the bytes of each text.
 */
function textIn(column: string): string {
  return `CAST(${column} AS BLOB) AS ${column}`;
}

/** What damage has made something else of is no number, rather than another one. */
function numberIn(column: string): string {
  return `CASE typeof(${column}) WHEN 'integer' THEN ${column} END AS ${column}`;
}

export const SPAN_COLUMNS = ['id', numberIn('since'), numberIn('until')].join(', ');
export const PLACE_COLUMNS = ['id', ...['account', 'region', 'endpoint', 'watcher'].map(textIn)].join(', ');
export const EVENT_COLUMNS = ['id', numberIn('place'), ...['client', 'event'].map(textIn)].join(', ');
