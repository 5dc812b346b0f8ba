/** How much of all presence events a rule may take in. */
export type PresenceReach = 'all' | 'some';

const PREFIX = ['$aws', 'events', 'presence'] as const;
const KINDS: ReadonlySet<string> = new Set(['connected', 'disconnected']);

/**
 * How many of the events `$aws/events/presence/connected|disconnected/<clientId>` a topic filter matches; `undefined`: none.
 * A wildcard does not match a first level that begins with `$`. [MQTT-4.7.2-1]
 */
export function presenceReach(filter: string): PresenceReach | undefined {
  const [root, ...levels] = filter.split('/');
  if (root !== PREFIX[0]) return undefined;
  for (const name of PREFIX.slice(1)) {
    const level = levels.shift();
    if (level === '#') return 'all';
    if (level !== '+' && level !== name) return undefined;
  }
  const [kind, ...client] = levels;
  if (kind === '#') return 'all';
  if (kind === undefined || client.length === 0 || (kind !== '+' && !KINDS.has(kind))) return undefined;
  // Whom nobody saw arrive may be there all the same; and an ID may have slashes, which only `#` takes in.
  return kind !== 'disconnected' && client.join('/') === '#' ? 'all' : 'some';
}

/** The same of a rule's SQL. A condition lets through nobody knows which of them. */
export function presenceReachOf(sql: string): PresenceReach | undefined {
  const from = fromClause(sql);
  const reach = from && presenceReach(from.filter);
  return reach === 'all' && from?.conditional ? 'some' : reach;
}

/** Text in either kind of quotes, a word, or any other sign. */
const PIECE = /(?<quote>['"])(?<text>.*?)\k<quote>|(?<word>[A-Za-z_]\w*)|(?<sign>\S)/gsu;

/** The filter of the outermost `FROM '…'`, and whether anything follows it: what is nested selects from the message. */
function fromClause(sql: string): { readonly filter: string; readonly conditional: boolean } | undefined {
  const pieces = [...sql.matchAll(PIECE)].map(({ groups = {} }) => groups);
  let depth = 0;
  for (const [index, { word, sign }] of pieces.entries()) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    const filter = pieces[index + 1]?.['text'];
    if (depth === 0 && word?.toUpperCase() === 'FROM' && filter !== undefined)
      return { filter, conditional: index + 2 < pieces.length };
  }
  return undefined;
}
