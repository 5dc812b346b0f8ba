import type { PresenceFeed, PresenceJournal } from '../domain/recording-ports.ts';
import type { Settings } from './settings.ts';
import { disposing, settledRegion, wireAws } from './wire.ts';
import type { Attendant } from './wire-identity.ts';
import { wireBroker, wireFeed } from './wire-broker.ts';
import { wireJournal } from './wire-journal.ts';

/** What `evict watch` gets. `lost` aborts where another may have taken the journal: this run stood still for too long. */
export type WiredRecording = AsyncDisposable & {
  readonly journal: PresenceJournal;
  readonly feed: PresenceFeed;
  readonly lost: AbortSignal;
};

export async function wireRecording(settings: Settings, attendant: Attendant): Promise<WiredRecording> {
  const aws = await wireAws(settings, attendant);
  const side = await wireBroker(settings, aws);
  const feed = await wireFeed(side, settings);
  const around = { side, cloud: aws.cloud, region: await settledRegion(settings) };
  const { journal, claim } = await wireJournal(settings, around, attendant.signal);
  return {
    journal,
    feed,
    lost: claim.lost,
    [Symbol.asyncDispose]: async () => {
      journal[Symbol.dispose]();
      disposing(aws.cloud, aws.connections, aws.network)[Symbol.dispose]();
      await claim[Symbol.asyncDispose]();
    },
  };
}
