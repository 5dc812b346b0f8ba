import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { EvictError, codeOf, messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Claim, Claims } from '../../domain/record-ports.ts';
import { printable } from '../../domain/printable.ts';
import { makeDirectory } from './directory.ts';

/** A holder that was killed stops renewing its lock, which is free after this long. */
const STALE_MS = 3_000;
const RENEW_MS = 1_000;
const TRY_AGAIN_MS = 250;

/**
 * Claims in a state directory: a lock per client, which its holder renews for as long as it lives. The listing is the command
 * that shows who else there is.
 */
export function claimsIn(stateDirectory: string, clock: Clock, listing = 'evict incidents'): Claims {
  const directory = join(stateDirectory, 'claims');
  return {
    async claim(subject, signal) {
      const giveUpAt = clock.now() + STALE_MS + RENEW_MS;
      for (;;) {
        const claim = await tryToLock(directory, subject, listing);
        if (claim !== undefined) return claim;
        if (signal.aborted || clock.now() > giveUpAt) return undefined;
        await clock.sleep(TRY_AGAIN_MS, signal);
      }
    },
  };
}

/** Named by its hash: a client ID is no file name. */
async function tryToLock(directory: string, subject: string, listing: string): Promise<Claim | undefined> {
  const name = createHash('sha256').update(subject).digest('hex').slice(0, 32);
  const lost = new AbortController();
  try {
    await makeDirectory(directory);
    const onCompromised = () => lost.abort(claimLost(listing));
    const options = { realpath: false, stale: STALE_MS, update: RENEW_MS, onCompromised };
    const release = await lock(join(directory, name), options);
    // What was lost is another's by now, and not to be released.
    return { lost: lost.signal, [Symbol.asyncDispose]: () => (lost.signal.aborted ? nothing() : release()) };
  } catch (error) {
    if (codeOf(error) === 'ELOCKED') return undefined;
    throw new EvictError(
      'state-dir-unusable',
      `the client cannot be claimed in "${printable(directory)}": ${messageOf(error)}`,
      { hint: 'give a directory that can be written with --state-dir; nothing was changed', cause: error },
    );
  }
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

function claimLost(listing: string): EvictError {
  return new EvictError('claim-lost', 'this run stood still for too long, and lost its claim on the client', {
    hint: `see whether another run has taken over (${listing}) before this one is gone on with`,
  });
}
