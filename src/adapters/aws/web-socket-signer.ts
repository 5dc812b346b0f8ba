import { orAbort } from '../../domain/signals.ts';
import type { AwsIdentity } from './credentials.ts';
import type { Network } from './network.ts';
import { asEvictError } from './sdk-error.ts';
import { signedUrl } from './signed-url.ts';

type Parts = {
  /** The WebSocket's URL without a signature, given or asked for. */
  readonly endpoint: (signal: AbortSignal) => Promise<string>;
  readonly identity: AwsIdentity;
  readonly network?: Network | undefined;
  /** The cloud's time, epoch milliseconds: it refuses signatures that are five minutes off. */
  readonly now: (signal: AbortSignal) => Promise<number>;
};

/** A URL for one WebSocket handshake, and the same without its secrets. */
export type SignedUrl = { readonly url: string; readonly signedUrl: string };

/** Signs anew for each connection, with the credentials of that moment. Throws `EvictError`s of source `cloud`. */
export function webSocketSigner({ endpoint, identity, network, now }: Parts) {
  return async (signal: AbortSignal): Promise<SignedUrl> => {
    const url = await endpoint(signal);
    try {
      const [region, credentials] = await orAbort(
        Promise.all([identity.region(), identity.credentials()]),
        signal,
      );
      const { host } = new URL(url);
      const order = { host, region, credentials, date: new Date(await now(signal)), sha256: identity.sha256 };
      return { url, signedUrl: await signedUrl(order) };
    } catch (error) {
      throw asEvictError(error, { call: 'signing', where: url, signal, network });
    }
  };
}
