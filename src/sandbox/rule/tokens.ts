import { SandboxProblem } from '../problem.ts';

/** `other`: a character that begins nothing the sandbox evaluates. */
type Kind = 'string' | 'number' | 'word' | 'keyword' | 'sign' | 'other' | 'end';

/** One piece of SQL; of a string, what is between its quotes. */
type Token = { readonly kind: Kind; readonly text: string };

const PIECE =
  /'(?<string>[^']*)'|(?<number>\d+(?:\.\d+)?)|(?<word>[A-Za-z_]\w*)|(?<sign>[*,()+/])|(?<other>\S)/gu;

/** Words that are no name of a field, those that the sandbox does not evaluate among them. */
const KEYWORDS: ReadonlySet<string> = new Set(
  'AND AS CASE ELSE END EXISTS FALSE FROM IN NOT NULL OR SELECT SET THEN TRUE VALUE WHEN WHERE'.split(' '),
);

const END: Token = { kind: 'end', text: '' };

/** SQL, piece by piece. Words are compared without regard to case, as AWS's own examples mix it. */
export class Tokens {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string) {
    this.#tokens = [...tokenise(sql)];
  }

  /** What comes next, without moving on. */
  get next(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  take(): Token {
    const token = this.next;
    this.#at += 1;
    return token;
  }

  /** Takes a piece of this kind, or refuses: `wanted` says in words what should stand there. */
  takeA(kind: Kind, wanted: string): string {
    if (this.next.kind !== kind) throw this.unexpected(wanted);
    return this.take().text;
  }

  /** Takes this word or sign if it comes next. */
  takeIf(text: string): boolean {
    const { kind, text: actual } = this.next;
    const found = kind !== 'string' && actual.toUpperCase() === text;
    if (found) this.#at += 1;
    return found;
  }

  /** Takes this word or sign, or refuses. */
  expect(text: string): void {
    if (!this.takeIf(text)) throw this.unexpected(text);
  }

  /** What to throw where something else should come next. */
  unexpected(wanted: string): SandboxProblem {
    const { kind, text } = this.next;
    if (kind === 'end') return new SandboxProblem(`the SQL ends where the sandbox expects ${wanted}`);
    return new SandboxProblem(
      `the sandbox does not evaluate SQL with ${JSON.stringify(text)} where it expects ${wanted}`,
    );
  }
}

function* tokenise(sql: string): Iterable<Token> {
  for (const { groups = {} } of sql.matchAll(PIECE)) {
    const { string, number, word, sign, other } = groups;
    if (string !== undefined) yield { kind: 'string', text: string };
    if (number !== undefined) yield { kind: 'number', text: number };
    if (word !== undefined) yield { kind: KEYWORDS.has(word.toUpperCase()) ? 'keyword' : 'word', text: word };
    if (sign !== undefined) yield { kind: 'sign', text: sign };
    if (other !== undefined) yield { kind: 'other', text: other };
  }
}
