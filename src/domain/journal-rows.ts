import * as z from 'zod';

/** The rows of a journal, as they are read: the file may be anybody's, or damaged. Texts come as bytes. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

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

/** An event, which is parsed where it is wanted. */
export const eventRow = z.object({
  id: z.number(),
  place: z.number().nullable(),
  client: bytes.nullable().transform(decodedOf),
  event: bytes.nullable(),
});

export type EventRow = z.infer<typeof eventRow>;

/** The event as it was received; `undefined`: its row is damaged. */
export function receivedIn({ place, client, event }: EventRow): unknown {
  if (place === null || client === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(decodedOf(event) ?? '');
    return value;
  } catch {
    return undefined;
  }
}

/** Whether that is why it was thrown: a row is not what was once written. */
export function isRowsFault(thrown: unknown): boolean {
  return thrown instanceof z.ZodError;
}

function decodedOf(encoded: ArrayBuffer | null): string | undefined {
  try {
    return encoded === null ? undefined : UTF_8.decode(encoded);
  } catch {
    return undefined;
  }
}
