/** More than this stands before no document. */
const MOST_BYTES = 1_024;

const [TAB, SPACE] = [0x09, 0x20] as const;
/** Nothing, or what separates documents: blanks, commas, a byte order mark. */
const SEPARATORS = /^[\t ,\u00EF\u00BB\u00BF]*$/u;
/** Within an array also values that are no documents. */
const IN_ARRAY = /^(?:[\t ,]|null|true|false|[\d.Ee+-])*$/u;
/**
 * What the tools of CloudWatch Logs write before a message: a time, in `aws logs tail` the name of the stream, too; and with
 * `--output text` the fields that come before it. No further word: in a log of text that may be a topic.
 */
const OF_A_LOG =
  /^(?:\u00EF\u00BB\u00BF)?\s*(?:EVENTS\t\d+\t\d+\t[^\s{}[\]":]+|(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?|\d{10,13})(?:\s+[\w.-]+)?)\s+$/u;

/** The bytes that stand on a line before a document. They decide whether it is one, or a device's words in a log of text. */
export class BeforeDocument {
  #text = '';

  add(byte: number): void {
    if (this.#text.length > MOST_BYTES) return;
    // Control characters are as good as blanks: record separators (RFC 7464), the NULs of a file that was never filled.
    this.#text += String.fromCharCode(byte < SPACE && byte !== TAB ? SPACE : byte);
  }

  clear(): void {
    this.#text = '';
  }

  /** Whether a document may begin here. Behind another on the same line, nothing may be between the two. */
  allows({
    inArray,
    behindAnother,
  }: {
    readonly inArray: boolean;
    readonly behindAnother: boolean;
  }): boolean {
    const text = this.#text;
    if (text === '') return true;
    if (text.length > MOST_BYTES) return false;
    return (
      SEPARATORS.test(text) || (inArray && IN_ARRAY.test(text)) || (!behindAnother && OF_A_LOG.test(text))
    );
  }
}
