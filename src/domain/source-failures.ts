import type { EvictError } from './errors.ts';
import type { Warning } from './plan.ts';

/** A source that could not be read, or not to its end, where the response goes on without it. */
export function sourceFailed(source: string, { message, hint }: EvictError): Warning {
  return {
    code: 'source-failed',
    message: `${source} could not be read, or not in whole, and may know more: ${message} (${hint})`,
  };
}
