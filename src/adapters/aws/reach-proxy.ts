import { once } from 'node:events';
import { connect } from 'node:net';
import { EvictError, codeOf, messageOf } from '../../domain/errors.ts';
import { orAbort } from '../../domain/signals.ts';
import type { HttpProxy } from './proxies.ts';

/** Resolves once something takes a connection where the proxy should be. Throws `endpoint-unreachable`. */
export async function reachProxy({ url, address, variable }: HttpProxy, signal: AbortSignal): Promise<void> {
  const port = Number(address.replace(/^.*:/u, ''));
  const socket = connect({ host: url.hostname.replaceAll(/^\[|\]$/gu, ''), port });
  try {
    await orAbort(once(socket, 'connect'), signal);
  } catch (error) {
    const why = signal.aborted ? 'no answer in time' : codeOf(error) || messageOf(error);
    throw new EvictError('endpoint-unreachable', `the proxy ${address} of ${variable}: ${why}`, {
      hint: `check ${variable}, or name what is reached without it in NO_PROXY`,
      cause: error,
    });
  } finally {
    socket.destroy();
  }
}
