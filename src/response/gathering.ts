import type { FoundEvent } from '../domain/history.ts';
import type { SourceItem } from '../domain/ports.ts';

/** A source with many flaws is as good as told by some of them. */
const MOST_FLAWS = 10;

/** What one source yielded, put together. */
export class Gathering {
  readonly #found: FoundEvent[] = [];
  readonly #digests = new Map<string, string>();
  readonly flaws: string[] = [];
  readonly count = { notPresence: 0, malformed: 0 };

  add(item: SourceItem): void {
    switch (item.kind) {
      case 'event':
        this.#found.push(item.found);
        break;
      case 'digest':
        this.#digests.set(item.source, item.sha256);
        break;
      case 'flawed':
        if (this.flaws.length < MOST_FLAWS) this.flaws.push(`${item.source}: ${item.why}`);
        break;
      case 'passed-over':
        this.count[item.why === 'malformed' ? 'malformed' : 'notPresence'] += 1;
        break;
      case 'covers':
      case 'progress':
      case 'listening':
        break;
    }
  }

  /** The events, each with the hash of the file that it was in: that is known only at the file's end. */
  get found(): readonly FoundEvent[] {
    return this.#found.map((found) => {
      const sha256 = this.#digests.get(found.source);
      return sha256 === undefined ? found : { ...found, sha256 };
    });
  }
}
