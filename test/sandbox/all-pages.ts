/** Reads a list to its end, page by page. */
export async function allPages<Item>(
  read: (token: string | undefined) => Promise<{ items: Item[] | undefined; next: string | undefined }>,
): Promise<Item[][]> {
  const pages: Item[][] = [];
  let token: string | undefined;
  do {
    const { items = [], next } = await read(token);
    pages.push(items);
    token = next;
  } while (token !== undefined);
  return pages;
}
