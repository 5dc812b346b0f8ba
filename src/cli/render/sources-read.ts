import type { EntryOf } from '../../domain/incident.ts';
import { holdsNoEvent, noEventWords } from '../../domain/no-event-words.ts';
import { roughly } from '../../domain/roughly.ts';
import { shown, shownSource } from '../console.ts';
import { briefly } from './field.ts';

type SourceRead = EntryOf<'sources-read'>['passedOver'][number];

/** What was passed over; of several sources, or of those that nobody has named, also what each of them gave, and how old it is. */
export function sourcesRead({
  passedOver,
  byDefault,
  candidates = [],
}: EntryOf<'sources-read'>): string | undefined {
  const each = passedOver.length > 1 || byDefault === true;
  const said = passedOver.flatMap((read) => [
    ...(each ? [`· look up   ${shownSource(read.source)}: ${given(read, candidates)}`] : []),
    ...passed(read),
  ]);
  return said.length === 0 ? undefined : said.join('\n');
}

function given(read: SourceRead, candidates: NonNullable<EntryOf<'sources-read'>['candidates']>): string {
  const { source, events = 0, newest, missing, failed, ledTo } = read;
  if (missing !== undefined) return briefly(shown(missing));
  if (ledTo !== undefined) return `keep presence events in ${ledTo.map(shown).join(', ')}`;
  const named = candidates.filter((one) => one.source === source).length;
  if (named === 1) return '1 candidate: a principal of its thing';
  if (named > 1) return `${named} candidates: the principals of its thing`;
  if (newest === undefined) return failed ? 'could not be read' : nothing(read);
  return `${events} event${events === 1 ? '' : 's'} of this client, the newest ${roughly(Math.max(0, Date.now() - newest))} old`;
}

/** What is said of a source's silence: how far back it goes, or that it knows nobody at all. */
function nothing(read: SourceRead): string {
  if (holdsNoEvent(read)) return noEventWords(read);
  const { since } = read;
  const kept = since === undefined ? '' : ` since it began ${roughly(Math.max(0, Date.now() - since))} ago`;
  return `nothing of this client${kept}`;
}

/** What is malformed is warned of. */
function passed({ source, notPresence }: SourceRead): string[] {
  return notPresence === 0
    ? []
    : [`! ${shownSource(source)}: passed over ${notPresence} that are no presence events`];
}
