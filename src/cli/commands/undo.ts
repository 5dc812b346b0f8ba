import { EvictError } from '../../domain/errors.ts';
import type { IncidentEntry } from '../../domain/incident.ts';
import { EXIT_CODES } from '../../domain/exit-codes.ts';
import type { EvictionDocument } from '../../domain/document.ts';
import { previewUndo, undo } from '../../response/undo.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';
import { Interrupts } from '../interrupts.ts';
import { listener } from '../render/listener.ts';
import { readSettings } from '../settings.ts';
import type { Flags, Settings } from '../settings.ts';
import { systemClock } from '../system.ts';
import { claims, contextOf, controlPlane, incidentDirectory } from '../wire.ts';
import { consoleFrom, printDocument } from './client.ts';

/** `evict undo <incident>`: previews with `--dry-run`, takes back with `--yes`. */
export async function undoCommand([name = '']: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  if (!settings['dry-run'] && flags['yes'] !== true)
    throw new EvictError('needs-yes', `undoing "${shown(name)}" needs --yes: this version does not ask`, {
      hint: 'look at what would be taken back with --dry-run, then run it again with --yes',
    });
  const console = consoleFrom(settings);
  const document = await undoIncident(name, { settings, force: flags['force'] === true, console });
  printDocument(document, settings, console);
  return EXIT_CODES[document.verdict];
}

/** Reads the incident, and takes it back or, under `--dry-run`, shows what that would be. */
export async function undoIncident(
  name: string,
  {
    settings,
    force,
    console,
  }: { readonly settings: Settings; readonly force: boolean; readonly console: Console },
): Promise<EvictionDocument> {
  const { directory, reading, others } = await readIncident(name, settings);
  const request = {
    entries: reading.entries.map(({ entry }) => entry),
    others,
    force,
    timeoutMs: settings.timeout,
    reason: settings.reason,
  };
  using interrupts = new Interrupts(console);
  const show = listener(console, settings);
  const onEntry = (entry: IncidentEntry) => {
    if (entry.kind === 'intended') interrupts.acted();
    show(entry);
  };
  using cloud = await controlPlane(settings);
  const ports = {
    cloud,
    clock: systemClock,
    context: contextOf(settings),
    onEntry,
  };
  using deadline = systemClock.within(settings.deadline, interrupts.signal);
  const { signal } = deadline;
  if (settings['dry-run']) return await previewUndo(request, ports, signal);
  const records = { create: () => directory.append(reading) };
  return await undo(request, { ...ports, writer: cloud, records, claims: await claims(settings) }, signal);
}

/** The incident, and all others, which may want the same target contained. A record that was changed is no basis for acts. */
async function readIncident(name: string, settings: Settings) {
  const directory = await incidentDirectory(settings);
  const reading = untouchedRecord(name, await directory.read(name));
  const { incidents } = await directory.list();
  const others = incidents
    .filter(({ incident }) => incident !== reading.incident)
    .map(({ entries }) => entries.map(({ entry }) => entry));
  return { directory, reading, others };
}

/** A record that was changed is no basis for acts. Throws `record-broken`. */
export function untouchedRecord<T extends { readonly problem?: string | undefined }>(
  name: string,
  reading: T,
): T {
  if (reading.problem === undefined) return reading;
  throw new EvictError(
    'record-broken',
    `the record "${shown(name)}" is not as it was written: ${reading.problem}`,
    { hint: 'what follows from a changed record could be anything; act by hand' },
  );
}
