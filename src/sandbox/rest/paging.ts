import * as z from 'zod';

const DEFAULT_PAGE_SIZE = 25;

/** A page size in a query string: 1 to `most`. */
export function pageSizeUpTo(most: number, usual = DEFAULT_PAGE_SIZE) {
  return z.coerce.number().int().min(1).max(most).default(usual);
}

/** AWS allows 1 to 250 where it says so at all (SDK). */
export const pageSize = pageSizeUpTo(250);

/** A page token is opaque to the caller; here it is the position to go on from. */
export const pageToken = z
  .string()
  .regex(/^\d{1,9}$/u, 'not a token that this operation gave out')
  .transform(Number)
  .default(0);

/** One page of a list, and the token of the next where there is one. */
export function page<Item>(
  items: Iterable<Item>,
  { size, from }: { size: number; from: number },
): { items: Item[]; next: string | undefined } {
  const all = [...items];
  const end = from + size;
  return { items: all.slice(from, end), next: end < all.length ? String(end) : undefined };
}

/** Lists of the control plane are newest first, unless they are asked for in ascending order (SDK, ListCertificates). */
export function inCreationOrder<Item>(oldestFirst: Iterable<Item>, isAscending: boolean): Item[] {
  return isAscending ? [...oldestFirst] : [...oldestFirst].toReversed();
}
