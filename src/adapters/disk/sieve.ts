import type { Search } from '../../domain/source-ports.ts';
import { LineHits } from './line-hits.ts';
import type { Wanted } from './line-hits.ts';

/** One in so many passes although nothing is hit: they tell since when others were recorded. */
const SAMPLED = 4_096;

/** Tells by its bytes whether a document may hold what is looked for. */
export function sieveFor(search: Search): (document: Uint8Array) => boolean {
  const hits = new LineHits(wanted(search));
  let count = 0;
  return (document) => {
    count += 1;
    return count % SAMPLED === 1 || hits.areIn(document);
  };
}

/** What a document has in it somewhere if it is looked for. A principal ends its identifier: an ARN, or the form of 2016. */
export function wanted(search: Search): Wanted {
  switch (search.for) {
    case 'client':
      return { text: search.clientId, isWhole: true };
    case 'principal':
      return { text: search.principal.identifier, isWhole: false };
    case 'everybody':
      return { text: '', isWhole: false };
  }
}
