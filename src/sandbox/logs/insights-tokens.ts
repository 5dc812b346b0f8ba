/** A piece of a query: a name or number, a string, a pattern, or a sign. */
export type Token = { readonly kind: 'word' | 'string' | 'pattern' | 'sign'; readonly text: string };

/** Strings end at their quote, patterns at their slash: with a backslash in a string, the sandbox does not go on. */
const TOKEN =
  /\s*(?:(?<word>[@\w][\w.]*)|"(?<string>[^"\\]*)"|\/(?<pattern>(?:[^/\\]|\\.)*)\/|(?<sign>!=|[=(),|[\]]))/suy;

/** Takes a query apart; `undefined`: there is something in it that the sandbox does not know. */
export function tokensOf(query: string): Token[] | undefined {
  const tokens: Token[] = [];
  const text = query.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) return undefined;
    for (const kind of ['word', 'string', 'pattern', 'sign'] as const)
      if (groups[kind] !== undefined) tokens.push({ kind, text: groups[kind] });
  }
  return tokens;
}

/** Reads tokens one after the other. What does not fit throws a `QueryProblem`. */
export class Tokens {
  #rest: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.#rest = tokens;
  }

  get isAtEnd(): boolean {
    return this.#rest.length === 0;
  }

  /** Whether this word or sign comes next; then it is taken. */
  skip(text: string): boolean {
    const [next] = this.#rest;
    const isNext = next !== undefined && next.text === text && (next.kind === 'word' || next.kind === 'sign');
    if (isNext) this.#rest = this.#rest.slice(1);
    return isNext;
  }

  expect(text: string): void {
    if (!this.skip(text))
      throw new QueryProblem(`${text} is expected before ${this.#rest[0]?.text ?? 'the end'}`);
  }

  take(kind: Token['kind']): string {
    const [next] = this.#rest;
    if (next?.kind !== kind)
      throw new QueryProblem(`a ${kind} is expected before ${next?.text ?? 'the end'}`);
    this.#rest = this.#rest.slice(1);
    return next.text;
  }

  /** One or more, with commas between them. */
  listOf<Item>(read: () => Item): Item[] {
    const items = [read()];
    while (this.skip(',')) items.push(read());
    return items;
  }
}

/** Why the sandbox cannot evaluate a query. */
export class QueryProblem extends Error {
  override readonly name = 'QueryProblem';
}
