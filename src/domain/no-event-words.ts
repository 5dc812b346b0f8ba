import type { EntryOf } from './incident.ts';

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
  if (malformed > 0 && notPresence === 0)
    return `nothing that was read of it is JSON (${malformed} malformed): export the events as JSON, not as CSV or text`;
  return notPresence + malformed === 0
    ? nothing
    : `${nothing}; passed over: ${notPresence} not presence events, ${malformed} malformed`;
}
