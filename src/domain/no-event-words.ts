import { EvictError } from './errors.ts';
import type { EntryOf } from './incident.ts';
import { printable } from './printable.ts';

type SourceRead = EntryOf<'sources-read'>['passedOver'][number];

/** What is named like this is a file, a directory or a pipe: all of it was there to be read. */
const FILES = /^(?:file:|stdin$)/u;

/** A file that told of nobody at all is not one that knows others; what else it holds is counted. */
export function holdsNoEvent({ source, told, since, failed }: SourceRead): boolean {
  return FILES.test(source) && told === undefined && since === undefined && failed === undefined;
}

/** Such a file, in words. Of a large one, only what may tell of the client is read. */
export function noEventWords({ notPresence, malformed }: SourceRead): string {
  const nothing = 'no "connected" or "disconnected" event of anybody in what was read of it';
  return notPresence + malformed === 0
    ? nothing
    : `${nothing}; passed over: ${notPresence} not presence events, ${malformed} malformed`;
}

/** A file in which nothing is JSON, such as a CSV, was given by mistake: that nobody is found in it is no answer. */
export function notJson(read: SourceRead): EvictError | undefined {
  const { source, malformed, notPresence, flaws } = read;
  if (!holdsNoEvent(read) || malformed === 0 || notPresence > 0 || flaws !== undefined) return undefined;
  return new EvictError(
    'file-invalid',
    `"${printable(source)}" is no event file: nothing that was read of it is JSON`,
    {
      hint: 'export the events as JSON, not as CSV or text, and give that file',
    },
  );
}
