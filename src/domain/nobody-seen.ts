import { KEEP } from './not-found-cause.ts';
import type { EventSource } from './source-ports.ts';
import { printable } from './printable.ts';
import type { Conclusion } from './verdict.ts';

/** How it ends where all clients were asked for, and the sources know of none. */
export function nobodySeen(sources: readonly EventSource[]): Conclusion {
  const names = sources
    .filter(({ ofOneClient }) => !ofOneClient)
    .map(({ name }) => printable(name))
    .join(', ');
  const keep = sources.some(({ byDefault }) => byDefault) ? KEEP : '';
  return {
    verdict: 'not-found',
    contained: 'no',
    cause: {
      code: 'not-found',
      message: `no client was seen in ${names === '' ? 'any source' : names}`,
      hint: `check the sources, or name the client and, with --principal, its principal${keep}`,
      retryable: false,
    },
  };
}
