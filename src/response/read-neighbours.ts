import { MOST_PAIRS } from '../domain/collection.ts';
import type { EvictError } from '../domain/errors.ts';
import type { FoundEvent } from '../domain/found-event.ts';
import { neighbourhoodOf } from '../domain/neighbours.ts';
import type { Warning } from '../domain/plan.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import type { EventSource } from '../domain/source-ports.ts';
import { identityKey, principalOf } from '../domain/principal.ts';
import type { Principal } from '../domain/principal.ts';
import type { Neighbourhood } from '../domain/readings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { isResponders } from '../domain/sessions.ts';
import { sourceFailed } from '../domain/source-failures.ts';
import type { Incident } from './incident.ts';
import { coveredSince, readSources } from './read-sources.ts';

type Reach = {
  readonly ports: Pick<ReadingPorts, 'sources' | 'clock' | 'onProgress'>;
  readonly incident: Incident;
};

/** Who else uses a principal: asked of all sources, once for each principal that may be contained. */
export class OtherClients {
  readonly #request: EvictionRequest;
  readonly #reach: Reach;
  readonly #known = new Map<string, Neighbourhood>();

  constructor(request: EvictionRequest, reach: Reach) {
    this.#request = request;
    this.#reach = reach;
  }

  async of(principal: Principal, signal: AbortSignal): Promise<Neighbourhood> {
    // In events, all Cognito identities of a role look alike: those of one are no answer.
    if (principal.kind === 'cognito-identity') return { neighbours: [] };
    const known = this.#known.get(identityKey(principal));
    if (known !== undefined) return known;
    const read = await this.#read(principal, signal);
    this.#known.set(identityKey(principal), read);
    return read;
  }

  /** That a source cannot be read for it is warned of: a blast radius that is known in part is better than none. */
  async #read(principal: Principal, signal: AbortSignal): Promise<Neighbourhood> {
    const { clientId, lookupTimeoutMs: withinMs } = this.#request;
    const { ports, incident } = this.#reach;
    const question = { search: { for: 'principal', principal }, withinMs } as const;
    const onFailed = (source: EventSource, failure: EvictError) =>
      warnOnce(sourceFailed(source.name, failure), incident);
    const reads = await readSources(question, ports, { onFailed }, signal);
    // A responder's own watches and canaries are no other clients.
    const isOther = ({ event }: FoundEvent) =>
      event.clientId !== clientId && !isResponders(principalOf(event.principalIdentifier), incident.facts);
    const events = reads.flatMap(({ found }) => found).filter(isOther);
    const neighbourhood = neighbourhoodOf(events, { since: coveredSince(reads), now: ports.clock.now() });
    if (neighbourhood.neighbours.length >= MOST_PAIRS - 1) await warnOnce(TOO_MANY, incident);
    return neighbourhood;
  }
}

const TOO_MANY: Warning = {
  code: 'many-clients',
  message: `more than ${MOST_PAIRS} clients were seen with this principal: not all of them are named`,
};

/** The first search may have said the same already. */
export async function warnOnce(warning: Warning, incident: Incident): Promise<void> {
  const said = incident.facts.warnings.some(
    ({ code, message }) => code === warning.code && message === warning.message,
  );
  if (!said) await incident.record({ kind: 'warned', warning });
}
