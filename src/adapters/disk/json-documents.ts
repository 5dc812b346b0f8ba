/** A JSON document with the number of the line where it begins; without a value where the text is no JSON. */
export type JsonDocument = { readonly line: number; readonly value: unknown };

/** A document of more lines than this is taken for broken, so that a lost brace does not swallow a whole file. */
const MOST_LINES = 2_000;

/**
 * The documents in a text: a single one, the members of an array, JSON lines, or pretty-printed ones one after the other.
 * A line that is part of no JSON comes back without a value.
 */
export function* jsonDocuments(text: string): Iterable<JsonDocument> {
  const whole = parse(text);
  if (whole !== undefined) {
    yield* Array.isArray(whole)
      ? whole.map((value: unknown) => ({ line: 1, value }))
      : [{ line: 1, value: whole }];
    return;
  }
  yield* fromLines(text.split('\n'));
}

/** A line that is a document by itself ends whatever was unfinished before it. */
function* fromLines(lines: readonly string[]): Iterable<JsonDocument> {
  let pending: string[] = [];
  for (const [index, line] of lines.entries()) {
    const alone = parseStructure(line);
    if (alone === undefined) pending.push(line);
    const joined =
      alone === undefined && /[}\]]\s*,?\s*$/u.test(line) ? parseStructure(pending.join('\n')) : undefined;
    if (alone !== undefined) yield* broken(pending, index);
    else if (joined === undefined && pending.length > MOST_LINES) yield* broken(pending, index + 1);
    else if (joined === undefined) continue;
    yield* membersOf(alone ?? joined, joined === undefined ? index + 1 : index + 2 - pending.length);
    pending = [];
  }
  yield* broken(pending, lines.length);
}

/** The lines before the given index, as far as they hold anything. */
function* broken(lines: readonly string[], before: number): Iterable<JsonDocument> {
  for (const [index, line] of lines.entries())
    if (line.trim() !== '') yield { line: before - lines.length + index + 1, value: undefined };
}

function* membersOf(value: unknown, line: number): Iterable<JsonDocument> {
  if (value === undefined) return;
  if (!Array.isArray(value)) yield { line, value };
  else for (const member of value) yield { line, value: member };
}

/** An object or an array: within a pretty-printed document, a line may well be a lone string or number. */
function parseStructure(text: string): unknown {
  const trimmed = text.trim().replace(/,$/u, '');
  return /^[{[]/u.test(trimmed) ? parse(trimmed) : undefined;
}

/** `undefined`: not JSON. (JSON has no undefined of its own.) */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/u, ''));
    return value;
  } catch {
    return undefined;
  }
}
