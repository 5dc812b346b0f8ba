import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  IoTDataPlaneClient,
  paginateListSubscriptions,
} from '@aws-sdk/client-iot-data-plane';
import type { GetConnectionCommandOutput } from '@aws-sdk/client-iot-data-plane';
import { whyNotInPath } from '../../domain/client-id.ts';
import { connectionReading } from '../../domain/connection-reading.ts';
import type { ConnectionReading, Subscription } from '../../domain/connection-reading.ts';
import { EvictError } from '../../domain/errors.ts';
import type { ConnectionEnder, ConnectionReader, DisconnectOrder } from '../../domain/cloud-ports.ts';
import { orAbort } from '../../domain/signals.ts';
import { awsPlace } from './aws-place.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import type { Network } from './network.ts';
import { asEvictError, attemptsOf, named } from './sdk-error.ts';

/** More filters than a client can have subscribed to would be somebody's joke. (AWS IoT Core quotas: 50 a connection) */
const MOST_SUBSCRIPTIONS = 500;

/** The connection API of AWS IoT's data plane. The SDK encodes the client ID into the path. Throws `EvictError`s. */
export class DataPlane implements ConnectionReader, ConnectionEnder, Disposable {
  readonly #client: IoTDataPlaneClient;
  readonly #where: string;
  readonly #network: Network | undefined;

  /** `endpointUrl` is the data plane's own, where one is set. */
  constructor(options: AwsOptions) {
    this.#client = new IoTDataPlaneClient(clientConfig(options));
    this.#network = options.network;
    this.#where = awsPlace(options, 'IOT_DATA_PLANE');
  }

  async connection(clientId: string, signal: AbortSignal): Promise<ConnectionReading | undefined> {
    const command = new GetConnectionCommand({ clientId, includeSocketInformation: true });
    mustBeAddressable(clientId);
    return this.#unlessUnknown('GetConnection', signal, async () =>
      readingOf(await this.#client.send(command, { abortSignal: signal })),
    );
  }

  async subscriptions(clientId: string, signal: AbortSignal): Promise<readonly Subscription[]> {
    mustBeAddressable(clientId);
    const found: Subscription[] = [];
    const pages = paginateListSubscriptions({ client: this.#client }, { clientId }, { abortSignal: signal });
    await this.#unlessUnknown('ListSubscriptions', signal, async () => {
      for await (const { subscriptions = [] } of pages) {
        for (const { topicFilter = '', qos = 0 } of subscriptions) found.push({ topicFilter, qos });
        if (found.length >= MOST_SUBSCRIPTIONS) break;
      }
    });
    return found;
  }

  async disconnect({ clientId, cleanSession, preventWill }: DisconnectOrder, signal: AbortSignal) {
    mustBeAddressable(clientId);
    const command = new DeleteConnectionCommand({
      clientId,
      cleanSession,
      preventWillMessage: preventWill,
    });
    try {
      const answer = await orAbort(this.#client.send(command, { abortSignal: signal }), signal);
      return { known: true, requestId: answer.$metadata.requestId };
    } catch (error) {
      // Of several attempts an earlier one, whose answer was lost, may have dropped what the last did not find any more.
      if (isUnknown(error)) return { known: attemptsOf(error) > 1 };
      throw asEvictError(error, {
        call: 'DeleteConnection',
        where: this.#where,
        signal,
        network: this.#network,
      });
    }
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  async #unlessUnknown<T>(call: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await orAbort(ask(), signal);
    } catch (error) {
      if (isUnknown(error)) return undefined;
      throw asEvictError(error, { call, where: this.#where, signal, network: this.#network });
    }
  }
}

/** Rather not asked at all than about something else. */
function mustBeAddressable(clientId: string): void {
  const why = whyNotInPath(clientId);
  if (why !== undefined) throw new EvictError('not-addressable', why, { hint: 'use --method takeover' });
}

/** 404: there is neither a connection nor a session of that name. */
function isUnknown(error: unknown): boolean {
  return named(error, 'ResourceNotFoundException');
}

function readingOf(answer: GetConnectionCommandOutput): ConnectionReading {
  return connectionReading.parse({ ...answer, connected: answer.connected ?? false });
}
