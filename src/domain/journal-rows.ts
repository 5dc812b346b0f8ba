import * as z from 'zod';

/** The rows of a journal, as they are read: the file may be anybody's, or damaged. Texts come as bytes. */
const bytes = z.instanceof(ArrayBuffer);

const text = bytes.transform((encoded, context) => {
  const decoded = decodedOf(encoded);
  if (decoded !== undefined) return decoded;
  context.addIssue('no UTF-8');
  return z.NEVER;
});

export const placeRow = z.object({
  id: z.number(),
  account: text.nullable(),
  region: text.nullable(),
  endpoint: text.nullable(),
  watcher: text,
});

/** A time in which nothing escaped. */
export const spanRow = z.object({ id: z.number(), since: z.number(), until: z.number() });

export type SpanRow = z.infer<typeof spanRow>;

/** An event as it was received; `undefined`: the row is damaged. */
export const eventRow = z.object({
  id: z.number(),
  event: bytes.nullable().transform(jsonOf),
});

/** Whether that is why it was thrown: a row is not what was once written. */
export function isRowsFault(thrown: unknown): boolean {
  return thrown instanceof z.ZodError;
}

function jsonOf(bytes: ArrayBuffer | null): unknown {
  try {
    const value: unknown = JSON.parse((bytes === null ? undefined : decodedOf(bytes)) ?? '');
    return value;
  } catch {
    return undefined;
  }
}

function decodedOf(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
