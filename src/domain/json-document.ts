/** A JSON document with the number of the line where it begins; without a value where the text is no JSON. */
export type JsonDocument = { readonly line: number; readonly value: unknown };

const NEWLINE = 0x0a;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** `undefined`: no UTF-8, or no JSON. (JSON has no undefined of its own.) */
export function valueOf(bytes: Uint8Array): unknown {
  return parsed(decoded(bytes));
}

/**
 * What there is on the lines of a document that is broken.
 *
 * @param first - the number of the first line
 */
export function documentsOnLines(bytes: Uint8Array, first: number): readonly JsonDocument[] {
  const found: JsonDocument[] = [];
  let line = first;
  for (let start = 0; start < bytes.length; line += 1) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const text = decoded(bytes.subarray(start, end))?.trim();
    if (text !== '') found.push({ line, value: structureIn(text) });
    start = end + 1;
  }
  return found;
}

/** An object or an array: within a broken document, a line may well be a lone string or number. */
function structureIn(text: string | undefined): unknown {
  return text !== undefined && /^[{[]/u.test(text) ? parsed(text.replace(/,$/u, '')) : undefined;
}

/** `undefined`: no UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** `undefined`: no JSON. */
function parsed(text: string | undefined): unknown {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
