import { EvictError, codeOf } from '../domain/errors.ts';
import { endpointOf } from '../domain/journal-place.ts';
import type { JournalPlace } from '../domain/journal-place.ts';
import type { CloudReader } from '../domain/cloud-ports.ts';
import type { Claim } from '../domain/record-ports.ts';
import type { EventSource } from '../domain/source-ports.ts';
import type { PresenceJournal } from '../domain/recording-ports.ts';
import { enrichingMs } from '../domain/request.ts';
import { journalFile, stateDirectory } from './settings.ts';
import type { Settings } from './settings.ts';
import { systemClock, systemRandomness } from './system.ts';
import type { BrokerSide } from './wire-broker.ts';

/** What tells of which account the events are. */
type Surroundings = {
  readonly side: BrokerSide;
  readonly cloud: CloudReader;
  readonly region: string | undefined;
};

/** `--events journal`. */
export async function wireJournalSource(settings: Settings, around: Surroundings): Promise<EventSource> {
  const { journalSource } = await orMissing(() => import('../adapters/disk/journal-source.ts'));
  return journalSource({
    file: journalFile(settings, process.env),
    here: (signal) => placeOf(settings, around, signal),
    now: () => systemClock.now(),
  });
}

/** The journal to record into, once nobody else does. */
export async function wireJournal(
  settings: Settings,
  around: Surroundings,
  signal: AbortSignal,
): Promise<{ readonly journal: PresenceJournal; readonly claim: Claim }> {
  const [{ openJournal }, { claimsIn }] = await Promise.all([
    orMissing(() => import('../adapters/disk/journal.ts')),
    import('../adapters/disk/claims.ts'),
  ]);
  const directory = stateDirectory(settings, process.env);
  const claim = await claimsIn(directory, systemClock).claim('the journal', signal);
  if (claim === undefined) throw busy(directory);
  try {
    const here = await placeOf(settings, around, signal);
    const newWatcherId = `evict-journal-${systemRandomness.hex(16)}`;
    return {
      journal: await openJournal({ file: journalFile(settings, process.env), here, newWatcherId }),
      claim,
    };
  } catch (error) {
    await claim[Symbol.asyncDispose]();
    throw error;
  }
}

/** The account is asked for; where it cannot be told, the endpoint has to do. */
async function placeOf(
  { timeout }: Settings,
  { side, cloud, region }: Surroundings,
  signal: AbortSignal,
): Promise<JournalPlace> {
  const orUnknown = async <T>(ask: (limit: AbortSignal) => Promise<T>): Promise<T | undefined> => {
    using limit = systemClock.within(enrichingMs({ timeoutMs: timeout }), signal);
    try {
      return await ask(limit.signal);
    } catch (error) {
      if (error instanceof EvictError && error.source === 'cloud') return undefined;
      throw error;
    }
  };
  const caller = await orUnknown((limit) => cloud.caller(limit));
  const url =
    side.mqttEndpoint ??
    (caller === undefined ? await orUnknown((limit) => cloud.mqttEndpoint(limit)) : undefined);
  return { account: caller?.account, region, endpoint: url === undefined ? undefined : endpointOf(url) };
}

/** Its package is the only one that is not part of this one: it brings a binary for each system. */
async function orMissing<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(codeOf(error)))
      throw error;
    throw new EvictError(
      'not-built',
      'the journal needs the package libsql, with its binary for this system',
      {
        hint: 'install evict with its dependencies, the optional ones included; all other sources work without',
        cause: error,
      },
    );
  }
}

function busy(directory: string): EvictError {
  return new EvictError('journal-busy', `another evict watch records into the journal in "${directory}"`, {
    hint: 'one is enough for an account and region; for another one give --state-dir',
  });
}
