import { CAUSES } from '../../domain/causes.ts';
import type { Stop } from '../../domain/causes.ts';
import { documentOf, stepOf } from '../../domain/document.ts';
import type { EvictionDocument, RecordPlace } from '../../domain/document.ts';
import { EvictError } from '../../domain/errors.ts';
import { commandToEvict } from '../../domain/evict-command.ts';
import { EXIT_CODES } from '../../domain/exit-codes.ts';
import { factsOf } from '../../domain/facts.ts';
import type { Facts } from '../../domain/facts.ts';
import { choicesOf } from '../../domain/proposal.ts';
import { standingOf } from '../../domain/resumption.ts';
import { conclude } from '../../domain/verdict.ts';
import { resume } from '../../response/resume.ts';
import { stopOf } from '../../response/stop.ts';
import { shown } from '../console.ts';
import { operatorAt } from '../prompts/operator.ts';
import type { OperatorDesk } from '../prompts/operator.ts';
import { terminalToAskOn } from '../prompts/terminal.ts';
import { clientIdTyped } from '../prompts/typed.ts';
import { proposalLines } from '../render/proposal.ts';
import { openRun } from '../run.ts';
import { readSettings } from '../settings.ts';
import type { Flags, Settings } from '../settings.ts';
import { wireActing } from '../wire.ts';
import { incidentDirectory } from '../wire-disk.ts';
import { UNATTENDED, consoleFrom, printDocument } from './client.ts';
import { untouchedRecord } from './undo.ts';

type Directory = Awaited<ReturnType<typeof incidentDirectory>>;
type Reading = Awaited<ReturnType<Directory['read']>>;

/** `evict resume <incident>`: goes on with a run that was interrupted; one that is over is shown as it ended. */
export async function resumeCommand([name = '']: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const directory = await incidentDirectory(settings);
  const reading = untouchedRecord(name, await directory.read(name));
  const console = consoleFrom(settings);
  const past = over(reading, settings);
  if (past !== undefined)
    console.say('this run is over: it is shown as it ended, and nothing was done or read now');
  const document =
    past ?? previewed(reading, settings) ?? (await goOn(name, { directory, reading, settings, flags }));
  printDocument(document, settings, console);
  return EXIT_CODES[document.verdict];
}

/** What is over needs no more: the same document again, as repeated acts that are "already so" count as done. */
function over({ entries, file }: Reading, { again }: Settings): EvictionDocument | undefined {
  const facts = factsOf(entries.map(({ entry }) => entry));
  const anew = commandToEvict(facts.opened?.request.clientId ?? '', [], again);
  switch (standingOf(facts)) {
    case 'over':
      return documentOf(facts, { file, hash: entries.at(-1)?.hash ?? '' });
    case 'undone':
      throw new EvictError('not-resumable', 'this incident was undone, so there is nothing to go on with', {
        hint: `to evict the client again: ${anew}`,
      });
    case 'declined':
      throw new EvictError('not-resumable', 'this run was declined, so there is nothing to go on with', {
        hint: `to evict the client all the same: ${anew}`,
      });
    case 'resumable':
      return undefined;
  }
}

/** Under `--dry-run`: what was done and what is left, from the record alone. */
function previewed({ entries }: Reading, settings: Settings): EvictionDocument | undefined {
  const facts = factsOf(entries.map(({ entry }) => entry));
  const { opened } = facts;
  if (!settings['dry-run'] || opened === undefined) return undefined;
  const { contained = 'unknown' } = facts.ended ?? {};
  const ended = { kind: 'ended', verdict: 'planned', contained, endedAt: opened.startedAt } as const;
  return documentOf({ ...facts, opened: { ...opened, dryRun: true }, ended }, undefined);
}

type Order = {
  readonly directory: Directory;
  readonly reading: Reading;
  readonly settings: Settings;
  readonly flags: Flags;
};

async function goOn(name: string, { directory, reading, settings, flags }: Order): Promise<EvictionDocument> {
  const terminal =
    flags['yes'] === true ? undefined : terminalToAskOn(`going on with "${shown(name)}"`, settings);
  using run = await openRun(settings, consoleFrom(settings));
  const desk = terminal === undefined ? undefined : await run.desk(terminal);
  const entries = reading.entries.map(({ entry }) => entry);
  const facts = factsOf(entries);
  const place = { file: reading.file, hash: reading.entries.at(-1)?.hash ?? '' };
  try {
    if (desk !== undefined && !(await agreedToGoOn(facts, desk, run.signal))) return declined(facts, place);
  } catch (error) {
    return stopped(facts, place, stopOf(error, facts, run.signal));
  }
  const operator = desk === undefined ? UNATTENDED : operatorAt(desk);
  using wired = await wireActing(settings, { ...run, operator, looksUp: false });
  const records = { create: () => directory.append(reading) };
  return await resume({ entries, protect: settings.protect }, { ...wired.ports, records }, run.signal);
}

/** What was agreed to once is shown again and asked about; what was not yet is proposed in the course of the run. */
async function agreedToGoOn(facts: Facts, desk: OperatorDesk, signal: AbortSignal): Promise<boolean> {
  const { opened, planned, decision } = facts;
  if (opened === undefined || planned === undefined || decision !== 'agreed') return true;
  const { plan } = planned;
  const proposal = { request: opened.request, plan, facts, choices: choicesOf(plan, facts) };
  const readAt = facts.connection?.readAt ?? opened.startedAt;
  await desk.ready();
  for (const line of proposalLines(proposal, { now: desk.now(), paint: desk.console.paint, readAt }))
    desk.console.show(line);
  for (const { id, status, target = '' } of facts.acts.map(stepOf))
    desk.console.show(`  so far: ${id} ${shown(target)}: ${status}`);
  const agreed = await clientIdTyped(plan.clientId, 'go on with it', desk, signal);
  if (agreed) desk.agreed();
  return agreed;
}

/** Cut short while it was asked: nothing more was done, and nothing is recorded of it. */
function stopped(facts: Facts, place: RecordPlace, stop: Stop): EvictionDocument {
  const endedAt = facts.ended?.endedAt ?? facts.opened?.startedAt ?? 0;
  return documentOf(
    { ...facts, ended: { kind: 'ended', ...conclude(facts, endedAt, stop), endedAt } },
    place,
  );
}

/** As it stands: a declined resume changes nothing, and records nothing. */
function declined(facts: Facts, place: RecordPlace): EvictionDocument {
  const { contained = 'unknown', endedAt = facts.opened?.startedAt ?? 0 } = facts.ended ?? {};
  const ended = {
    kind: 'ended',
    verdict: 'refused',
    contained,
    cause: CAUSES.declined(facts),
    endedAt,
  } as const;
  return documentOf({ ...facts, ended }, place);
}
