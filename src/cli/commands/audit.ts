import { auditExitCode, auditSummary, auditedFrom } from '../../domain/audit.ts';
import type { Audited } from '../../domain/audit.ts';
import { EvictError } from '../../domain/errors.ts';
import { NOTHING_KNOWN } from '../../domain/facts.ts';
import { nobodySeen } from '../../domain/nobody-seen.ts';
import type { ReadingPorts } from '../../domain/ports.ts';
import { printableJson } from '../../domain/printable.ts';
import { concludePreview } from '../../domain/verdict.ts';
import type { Conclusion } from '../../domain/verdict.ts';
import { audit } from '../../response/audit.ts';
import type { AuditRequest } from '../../response/audit.ts';
import { everyClient } from '../../response/every-client.ts';
import type { EveryClient } from '../../response/every-client.ts';
import { stopOf } from '../../response/stop.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';
import { auditLines, auditSummaryLines } from '../render/audit.ts';
import { LOOK_UP } from '../render/phase.ts';
import { openRun } from '../run.ts';
import type { Run } from '../run.ts';
import { readSettings } from '../settings.ts';
import type { Flags, Settings } from '../settings.ts';
import { VERSION } from '../version.ts';
import { clientList } from '../wire-disk.ts';
import { wireReading } from '../wire.ts';
import { consoleFrom, requestFrom } from './client.ts';

/** Whose dry runs are wanted. */
type Who = { readonly named: readonly string[]; readonly from: string | undefined; readonly all: boolean };

/** `evict audit`: the dry run of many clients, a line for each and a summary. */
export async function auditCommand(named: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const who = { named, from: textOf(flags['from']), all: flags['all'] === true };
  mustFit(who, settings);
  const console = consoleFrom(settings);
  using run = await openRun(settings, console);
  const audited: Audited[] = [];
  let wanted: EveryClient = { clientIds: [], warnings: [] };
  const stopped = await endOf(run.signal, async () => {
    const listed = who.from === undefined ? [] : await clientList(who.from, run.signal);
    using wired = await wireReading(settings, { ...run, onEntry: () => undefined });
    wanted = await clientsOf({ ...who, listed }, settings, wired.ports, run);
    if (wanted.clientIds.length === 0) return nobodySeen(wired.ports.sources);
    const request = requestTo(wanted, settings, console);
    run.screen.busy(phaseOf(audited, wanted));
    for await (const line of audit(request, wired.ports, run.signal)) {
      run.screen.busy(undefined);
      console.result(settings.json ? printableJson(line) : auditLines(line, console).join('\n'));
      audited.push(auditedFrom(line));
      run.screen.busy(phaseOf(audited, wanted));
    }
    run.signal.throwIfAborted();
    return undefined;
  });
  run.screen.busy(undefined);
  const notAudited = wanted.clientIds.slice(audited.length);
  const { warnings } = wanted;
  const summary = auditSummary({ toolVersion: VERSION, audited, notAudited, warnings, stopped });
  console.result(settings.json ? printableJson(summary) : auditSummaryLines(summary, console).join('\n'));
  return auditExitCode(summary);
}

function textOf(flag: unknown): string | undefined {
  return typeof flag === 'string' ? flag : undefined;
}

/** What can mean nothing here is said, and not passed over. */
function mustFit({ named, from, all }: Who, { events }: Settings): void {
  if (named.length === 0 && from === undefined && !all)
    throw new EvictError('bad-usage', 'which clients?', {
      hint: 'name them, or give a list with --from <file|->, or --all; see evict audit --help',
    });
  if (from === '-' && events.includes('-'))
    throw new EvictError('bad-option', '--from - and --events - cannot both read stdin', {
      hint: 'give one of them as a file',
    });
  if (events.includes('live'))
    throw new EvictError('bad-option', 'an audit does not wait for the next connection of each client', {
      hint: 'give --events a source that has kept events, or "thing"',
    });
}

/** Those that are named, those of the list, and all others, in this order, each once. */
async function clientsOf(
  { named, listed, all }: Who & { readonly listed: readonly string[] },
  settings: Settings,
  ports: ReadingPorts,
  { screen, signal }: Run,
): Promise<EveryClient> {
  const first = [...named, ...listed];
  if (first.length === 0 && !all)
    throw new EvictError('file-invalid', 'the list names no client', {
      hint: 'give a client ID in each line, or --all for every client that the sources know',
    });
  if (!all) return { clientIds: [...new Set(first)], warnings: [] };
  screen.busy(LOOK_UP);
  const { timeout, responders, 'lookup-timeout': lookupTimeoutMs } = settings;
  const { clientIds, warnings } = await everyClient(
    { timeoutMs: timeout, lookupTimeoutMs, responders },
    ports,
    signal,
  );
  return { clientIds: [...new Set([...first, ...clientIds])], warnings };
}

function requestTo({ clientIds }: EveryClient, settings: Settings, console: Console): AuditRequest {
  return {
    clientIds,
    timeoutMs: settings.timeout,
    requestFor: (clientId) => requestFrom(clientId, settings),
    onEntry: (clientId, entry) => {
      if (settings.verbose) console.say(console.paint('dim', `"${shown(clientId)}" ${printableJson(entry)}`));
    },
  };
}

function phaseOf(audited: readonly Audited[], { clientIds }: EveryClient) {
  return { step: 'audit', doing: `${audited.length} of ${clientIds.length} clients` };
}

/** How it ended, where it did not simply come to its end. */
async function endOf(
  signal: AbortSignal,
  act: () => Promise<Conclusion | undefined>,
): Promise<Conclusion | undefined> {
  try {
    return await act();
  } catch (error) {
    return concludePreview(NOTHING_KNOWN, stopOf(error, NOTHING_KNOWN, signal));
  }
}
