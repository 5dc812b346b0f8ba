import type { Collection } from '../domain/collection.ts';
import type { FoundEvent } from '../domain/found-event.ts';
import type { EventSource, SourceCandidate, SourceItem } from '../domain/source-ports.ts';

/** A source with many flaws is as good as told by some of them. */
const MOST_FLAWS = 10;

/** What one source yielded, put together. */
export class Gathering {
  readonly #collection: Collection;
  readonly #digests = new Map<string, string>();
  #since: number | undefined;
  readonly flaws: string[] = [];
  readonly leads: EventSource[] = [];
  readonly candidates: Omit<SourceCandidate, 'source'>[] = [];
  readonly count = { notPresence: 0, malformed: 0 };

  constructor(collection: Collection) {
    this.#collection = collection;
  }

  add(item: SourceItem): void {
    switch (item.kind) {
      case 'event':
        this.#collection.add(item.found);
        break;
      case 'candidate':
        this.candidates.push({ principal: item.principal, thingName: item.thingName });
        break;
      case 'digest':
        this.#digests.set(item.source, item.sha256);
        break;
      case 'flawed':
        if (this.flaws.length < MOST_FLAWS) this.flaws.push(`${item.source}: ${item.why}`);
        break;
      case 'passed-over':
        this.count[item.why === 'malformed' ? 'malformed' : 'notPresence'] += item.count ?? 1;
        break;
      case 'covers':
        this.#since = Math.min(this.#since ?? Infinity, item.since);
        break;
      case 'leads-to':
        this.leads.push(item.source);
        break;
      case 'progress':
      case 'listening':
        break;
    }
  }

  /** The events, each with the hash of the file that it was in: that is known only at the file's end. */
  get found(): readonly FoundEvent[] {
    return this.#collection.kept.map((found) => {
      const sha256 = this.#digests.get(found.source);
      return sha256 === undefined ? found : { ...found, sha256 };
    });
  }

  /** Since when it has kept the events of others, too (epoch milliseconds); undefined where it has not. */
  get since(): number | undefined {
    return this.#since;
  }
}
