import * as z from 'zod';

/** The rows of a journal, as they are read: the file may be anybody's. */
export const placeRow = z.object({
  id: z.number(),
  account: z.string().nullable(),
  region: z.string().nullable(),
  endpoint: z.string().nullable(),
  watcher: z.string(),
});

/** A time in which nothing escaped. */
export const spanRow = z.object({ id: z.number(), since: z.number(), until: z.number() });

export type SpanRow = z.infer<typeof spanRow>;

export const eventRow = z.object({ id: z.number(), event: z.string() });
