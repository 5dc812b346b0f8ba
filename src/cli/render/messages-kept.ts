import { shown } from '../console.ts';

type Messages = {
  readonly file?: string | undefined;
  readonly sha256?: string | undefined;
  readonly count: number;
  readonly dropped: number;
  readonly sessionPresent?: boolean | undefined;
};

/** What came of a session that was resumed, and where it is. */
export function messagesKept({ file, sha256, count, dropped, sessionPresent }: Messages): string {
  const place = file === undefined ? '' : ` in ${shown(file)}`;
  const hash = sha256 === undefined ? '' : ` (SHA-256 ${sha256})`;
  const more = dropped === 0 ? '' : `; ${dropped} more came and were not kept`;
  return `${count === 1 ? '1 message' : `${count} messages`} kept${place}${hash}${more}${sessionPresent === false ? '; the broker had no session to resume' : ''}`;
}
