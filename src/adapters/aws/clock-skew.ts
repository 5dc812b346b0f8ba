import type { STSClient } from '@aws-sdk/client-sts';

/**
 * Reads the cloud's clock off the `Date` header of STS's answers: signatures fail from five minutes on, and whoever
 * compares the record with CloudTrail must know the difference. Returns the skew (theirs minus ours, in milliseconds).
 */
export function watchClock(client: STSClient): () => number | undefined {
  let skew: number | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const date = dateHeader(result.response);
      if (date !== undefined) skew = date - Date.now();
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'evictClockSkew' },
  );
  return () => skew;
}

/** Epoch milliseconds; the header has whole seconds. */
function dateHeader(response: unknown): number | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return undefined;
  const time = typeof headers.date === 'string' ? Date.parse(headers.date) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
