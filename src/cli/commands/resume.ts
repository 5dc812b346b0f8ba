import { documentOf } from '../../domain/document.ts';
import type { EvictionDocument } from '../../domain/document.ts';
import { EvictError } from '../../domain/errors.ts';
import { EXIT_CODES } from '../../domain/exit-codes.ts';
import { factsOf } from '../../domain/facts.ts';
import { standingOf } from '../../domain/resumption.ts';
import { resume } from '../../response/resume.ts';
import { shown } from '../console.ts';
import { openRun } from '../run.ts';
import { readSettings } from '../settings.ts';
import type { Flags, Settings } from '../settings.ts';
import { incidentDirectory, wireActing } from '../wire.ts';
import { UNATTENDED, consoleFrom, printDocument } from './client.ts';
import { untouchedRecord } from './undo.ts';

type Directory = Awaited<ReturnType<typeof incidentDirectory>>;
type Reading = Awaited<ReturnType<Directory['read']>>;

/** `evict resume <incident>`: goes on with a run that was interrupted; one that is over is shown as it ended. */
export async function resumeCommand([name = '']: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const directory = await incidentDirectory(settings);
  const reading = untouchedRecord(name, await directory.read(name));
  const document = over(reading) ?? (await goOn(name, { directory, reading, settings, flags }));
  printDocument(document, settings, consoleFrom(settings));
  return EXIT_CODES[document.verdict];
}

/** What is over needs no more: the same document again, as repeated acts that are "already so" count as done. */
function over({ entries, file }: Reading): EvictionDocument | undefined {
  const facts = factsOf(entries.map(({ entry }) => entry));
  switch (standingOf(facts)) {
    case 'over':
      return documentOf(facts, { file, hash: entries.at(-1)?.hash ?? '' });
    case 'undone':
      throw new EvictError('not-resumable', 'this incident was undone, so there is nothing to go on with', {
        hint: `to evict the client again: evict -- ${shown(facts.opened?.request.clientId ?? '')}`,
      });
    case 'resumable':
      return undefined;
  }
}

async function goOn(
  name: string,
  {
    directory,
    reading,
    settings,
    flags,
  }: { directory: Directory; reading: Reading; settings: Settings; flags: Flags },
): Promise<EvictionDocument> {
  if (flags['yes'] !== true)
    throw new EvictError('needs-yes', `going on with "${shown(name)}" needs --yes`, {
      hint: 'look at what was done so far with "evict show", then run it again with --yes',
    });
  using run = await openRun(settings, consoleFrom(settings));
  using wired = await wireActing(settings, {
    onEntry: run.onEntry,
    operator: UNATTENDED,
    looksUp: false,
  });
  const records = { create: () => directory.append(reading) };
  const entries = reading.entries.map(({ entry }) => entry);
  return await resume(entries, { ...wired.ports, records }, run.signal);
}
