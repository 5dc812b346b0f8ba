import { IoTClient, paginateListThingPrincipals } from '@aws-sdk/client-iot';
import type { ConnectionReading } from '../../domain/connection-reading.ts';
import { EvictError } from '../../domain/errors.ts';
import type { ConnectionReader } from '../../domain/cloud-ports.ts';
import type { EventSource, SourceItem } from '../../domain/source-ports.ts';
import { orAbort } from '../../domain/signals.ts';
import { awsPlace } from './aws-place.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { asEvictError, named } from './sdk-error.ts';

const NAME = 'thing';
/** Other names AWS IoT does not take. (AWS IoT API reference, thingName) */
const THING_NAME = /^[a-zA-Z0-9:_-]{1,128}$/u;
/** Who has more has no candidates, but a crowd. */
const MOST = 100;

export type ThingOptions = AwsOptions & { readonly connections: ConnectionReader };

/** The principals of the client's thing. They may be behind it; that one of them is, nothing here tells. */
export function thingSource(options: ThingOptions): EventSource {
  return {
    name: NAME,
    ofOneClient: true,
    async *read(search, signal) {
      if (search.for !== 'client') return;
      const { thingName = search.clientId } = (await connectionOf(search.clientId, options, signal)) ?? {};
      if (THING_NAME.test(thingName)) yield* principalsOf(thingName, options, signal);
    },
  };
}

/** A device mostly connects by its thing's name: where the API cannot tell it, that is tried. */
async function connectionOf(
  clientId: string,
  { connections }: ThingOptions,
  signal: AbortSignal,
): Promise<ConnectionReading | undefined> {
  try {
    return await connections.connection(clientId, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EvictError && UNTOLD.has(error.code)) return undefined;
    throw error;
  }
}

const UNTOLD: ReadonlySet<string> = new Set(['access-denied', 'not-addressable', 'service-refused']);

async function* principalsOf(
  thingName: string,
  options: ThingOptions,
  signal: AbortSignal,
): AsyncIterable<SourceItem> {
  const client = new IoTClient(clientConfig(options));
  try {
    const pages = paginateListThingPrincipals({ client }, { thingName }, { abortSignal: signal });
    const iterator = pages[Symbol.asyncIterator]();
    for (let count = 0; count < MOST;) {
      const { done, value } = await orAbort(iterator.next(), signal);
      if (done === true) return;
      for (const principal of value.principals ?? []) yield { kind: 'candidate', principal, thingName };
      count += value.principals?.length ?? 0;
    }
  } catch (error) {
    if (named(error, 'ResourceNotFoundException')) return;
    const { network } = options;
    throw asEvictError(error, { call: 'ListThingPrincipals', where: awsPlace(options), signal, network });
  } finally {
    client.destroy();
  }
}
