/** Whether the message of a log event is wanted. */
export type Filter = (message: string) => boolean;

const TERM = /^\s*\$\.(?<field>\w+)\s*=\s*"(?<value>[^"\\]*)"\s*$/u;

/**
 * Reads a filter pattern of CloudWatch Logs: nothing at all, or fields of JSON that must all be equal to something,
 * `{ $.eventType = "Connect" && $.clientId = "pump-17" }`. `undefined`: the sandbox knows no others.
 */
export function readFilter(pattern: string): Filter | undefined {
  if (pattern.trim() === '') return () => true;
  const inner = /^\s*\{(?<inner>.*)\}\s*$/su.exec(pattern)?.groups?.['inner'];
  const terms = inner?.split('&&').map((term) => TERM.exec(term)?.groups);
  if (terms === undefined || terms.includes(undefined)) return undefined;
  const wanted = new Map(terms.map((term) => [term?.['field'] ?? '', term?.['value'] ?? '']));
  return (message) => {
    const entry = fieldsOf(JSON.parse(message));
    return [...wanted].every(([field, value]) => entry.get(field) === value);
  };
}

function fieldsOf(entry: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof entry === 'object' && entry !== null ? Object.entries(entry) : []);
}
