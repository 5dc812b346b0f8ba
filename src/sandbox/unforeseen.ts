import type { IncomingMessage } from 'node:http';

/** Says on stderr what went wrong within the sandbox itself; a peer that hung up in the middle of its request is nothing new. */
export function tellUnforeseen(error: unknown, request: IncomingMessage): void {
  if (request.complete)
    process.emitWarning(`the sandbox failed at ${request.method ?? ''}: ${String(error)}`);
}
