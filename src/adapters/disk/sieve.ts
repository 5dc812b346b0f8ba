import type { Search } from '../../domain/source-ports.ts';
import { LineHits } from './line-hits.ts';

/** One in so many passes although nothing is hit: they tell since when others were recorded. */
const SAMPLED = 4_096;

/** Tells by its bytes whether a document may hold what is looked for. */
export function sieveFor(search: Search): (document: Uint8Array) => boolean {
  const hits = new LineHits(wordOf(search));
  let count = 0;
  return (document) => {
    count += 1;
    return count % SAMPLED === 1 || hits.areIn(document);
  };
}

/** What a document has in it somewhere if it is looked for. */
export function wordOf(search: Search): string {
  switch (search.for) {
    case 'client':
      return search.clientId;
    case 'principal':
      return search.principal.identifier;
    case 'everybody':
      return '';
  }
}
