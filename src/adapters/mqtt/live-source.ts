import { EvictError } from '../../domain/errors.ts';
import type { PresenceChannel, PresenceWatch, WatchOrder } from '../../domain/broker-ports.ts';
import type { Clock } from '../../domain/ports.ts';
import type { EventSource, SourceItem } from '../../domain/source-ports.ts';
import { isHiddenClient } from '../../domain/presence-event.ts';
import { printable } from '../../domain/printable.ts';
import { orUnheard } from './subscribe.ts';

const NAME = 'live';

type Tools = {
  readonly clock: Clock;
  /** For each of the two steps until it listens. */
  readonly timeoutMs: number;
};

/** Waits for the next connection of the client, over a watch of its own. */
export function liveSource(presence: PresenceChannel, tools: Tools): EventSource {
  return {
    name: NAME,
    waits: true,
    read: (search, signal) =>
      search.for === 'client' ? nextConnection(search.clientId, presence, tools, signal) : nothing(),
  };
}

/** Only the next connection of a client can be waited for. */
async function* nothing(): AsyncIterable<SourceItem> {}

/** It is said to listen once a canary was heard: whoever hears nothing at all cannot say that nobody came. */
async function* nextConnection(
  clientId: string,
  presence: PresenceChannel,
  { clock, timeoutMs }: Tools,
  signal: AbortSignal,
): AsyncIterable<SourceItem> {
  if (isHiddenClient(clientId)) throw neverHeard(clientId);
  const ear = anEar(clientId);
  await using watch = await withinLimit((limit) => presence.open(ear.order, limit));
  await withinLimit((limit) => prove(watch, limit));
  yield { kind: 'listening' };
  yield await orUnheard(ear.heard, signal);

  async function withinLimit<T>(step: (limit: AbortSignal) => Promise<T>): Promise<T> {
    using limit = clock.within(timeoutMs, signal);
    return await step(limit.signal);
  }
}

/** A watch order whose first `connected` event of the client can be waited for; a cut watch would wait in vain. */
function anEar(clientId: string) {
  let hear: (item: SourceItem) => void = () => undefined;
  let fail: (error: EvictError) => void = () => undefined;
  const heard = new Promise<SourceItem>((resolve, reject) => {
    hear = resolve;
    fail = reject;
  });
  heard.catch(() => undefined); // it may fail before anybody waits for it; whoever waits is told
  const order = {
    clientIds: [clientId],
    onEvent: ({ event, raw }) => {
      if (event.clientId === clientId && event.eventType === 'connected')
        hear({ kind: 'event', found: { event, raw, source: NAME } });
    },
    onGap: (reason) => fail(cut(reason)),
  } satisfies WatchOrder;
  return { order, heard };
}

async function prove(watch: PresenceWatch, signal: AbortSignal): Promise<void> {
  try {
    await watch.prove(signal);
  } catch (error) {
    if (!(error instanceof EvictError)) throw error;
    const { code, message, hint } = error;
    throw new EvictError(code, `--events live would hear nothing: ${message}`, { hint, cause: error });
  }
}

function cut(reason: string): EvictError {
  return new EvictError('connection-lost', `the watch of --events live was cut: ${reason}`, {
    hint: 'run again',
  });
}

function neverHeard(clientId: string): EvictError {
  return new EvictError(
    'bad-option',
    `--events live would wait in vain: AWS publishes no presence events for client IDs with "#" or "+" ("${printable(clientId)}")`,
    { hint: 'give a source that has the client, or name the principal with --principal' },
  );
}
