/** A request target taken apart: the path stays as on the wire, the query is decoded but keeps its order and repetitions. */
export function splitUrl(url: string): { path: string; query: (readonly [string, string])[] } {
  const [path = '', search = ''] = url.split('?', 2);
  const query = search
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [decode(name), decode(value.join('='))] as const;
    });
  return { path, query };
}

/** What cannot be decoded is taken literally: its signature will not match, or no route will. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
