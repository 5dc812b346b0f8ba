import { EvictError } from '../../domain/errors.ts';
import type { UndoOperator } from '../../domain/ports.ts';
import { EXIT_CODES } from '../../domain/exit-codes.ts';
import type { EvictionDocument } from '../../domain/document.ts';
import { previewUndo } from '../../response/preview-undo.ts';
import { undo } from '../../response/undo.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';
import { terminalToAskOn } from '../prompts/terminal.ts';
import { undoOperatorAt } from '../prompts/undo-operator.ts';
import { openRun } from '../run.ts';
import { readSettings } from '../settings.ts';
import type { Flags, Settings } from '../settings.ts';
import { systemClock } from '../system.ts';
import { contextOf, controlPlane } from '../wire.ts';
import { claims, incidentDirectory } from '../wire-disk.ts';
import { consoleFrom, printDocument } from './client.ts';

/** `evict undo <incident>`: previews with `--dry-run`; takes back with `--yes`, or once it was agreed to at the terminal. */
export async function undoCommand([name = '']: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const console = consoleFrom(settings);
  const { force, yes } = { force: flags['force'] === true, yes: flags['yes'] === true };
  const document = await undoIncident(name, { settings, force, yes, console });
  printDocument(document, settings, console);
  return EXIT_CODES[document.verdict];
}

type UndoOrder = {
  readonly settings: Settings;
  readonly force: boolean;
  readonly yes: boolean;
  readonly console: Console;
};

/** Reads the incident, and takes it back or, under `--dry-run`, shows what that would be. */
export async function undoIncident(name: string, order: UndoOrder): Promise<EvictionDocument> {
  const { settings, force, yes, console } = order;
  const asks = !yes && !settings['dry-run'];
  const terminal = asks ? terminalToAskOn(`undoing "${shown(name)}"`, settings) : undefined;
  const { directory, reading, others } = await readIncident(name, settings);
  const request = {
    entries: reading.entries.map(({ entry }) => entry),
    others,
    force,
    timeoutMs: settings.timeout,
    reason: settings.reason,
  };
  using run = await openRun(settings, console);
  using wired = await controlPlane(settings, run.attendant);
  const { cloud } = wired;
  const { onEntry, signal } = run;
  const ports = { cloud, clock: systemClock, context: await contextOf(settings), onEntry };
  if (settings['dry-run']) return await previewUndo(request, ports, signal);
  const acting = {
    writer: cloud,
    records: { create: () => directory.append(reading) },
    claims: await claims(settings),
    operator: terminal === undefined ? UNATTENDED : undoOperatorAt(await run.desk(terminal)),
  };
  return await undo(request, { ...ports, ...acting }, signal);
}

/** `--yes` agrees to whatever the preview would show. */
const UNATTENDED: UndoOperator = { agreesToUndo: () => Promise.resolve(true) };

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
