import { EvictError, nameOf } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Network } from './network.ts';
import { checkProxy } from './proxy-words.ts';
import { explain } from './sdk-explanation.ts';
import { metadataOf } from './sdk-metadata.ts';

type Call = {
  readonly call: string;
  readonly where: string;
  readonly signal: AbortSignal;
  readonly network?: Pick<Network, 'latestProxy'> | undefined;
};

/** Whether the SDK threw the exception of this name. */
export function named(error: unknown, name: string): boolean {
  return nameOf(error) === name;
}

/** Gives what the SDK threw a code, a sentence with the call and the place in it, and a next step. */
export function asEvictError(error: unknown, { call, where, signal, network }: Call): EvictError {
  if (error instanceof EvictError) return error;
  const { code, detail, hint } = explain(error, signal);
  const proxy = OF_THE_WAY.has(code) ? network?.latestProxy() : undefined;
  return new EvictError(code, `${call} at ${where}: ${detail}`, {
    hint: proxy === undefined ? hint : `${checkProxy(proxy)}; ${hint}`,
    cause: error,
    tries: attemptsOf(error),
  });
}

/** How often the SDK had asked until it gave up with this error. */
export function attemptsOf(error: unknown): number {
  return metadataOf(error, 'attempts') ?? 1;
}

/** The codes behind which there may be a proxy that failed. */
const OF_THE_WAY: ReadonlySet<ErrorCode> = new Set([
  'endpoint-unreachable',
  'connection-lost',
  'service-failed',
  'timed-out',
]);
