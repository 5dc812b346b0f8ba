import { dropUndefined } from '../../domain/drop-undefined.ts';
import type { IncidentSummary } from '../../domain/documents.ts';
import { factsOf } from '../../domain/facts.ts';
import type { Facts } from '../../domain/facts.ts';
import { printable, printableJson } from '../../domain/printable.ts';
import { readSettings } from '../settings.ts';
import type { Flags } from '../settings.ts';
import { incidentDirectory } from '../wire-disk.ts';
import { consoleFrom } from './client.ts';

/** `evict incidents`: one line each, oldest first. A run without an end has no verdict. */
export async function incidentsCommand(_operands: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const directory = await incidentDirectory(settings);
  const { incidents, unreadable } = await directory.list();
  const console = consoleFrom(settings);
  for (const { incident, entries } of incidents.toSorted((one, two) => begunAt(one) - begunAt(two))) {
    const facts = factsOf(entries.map(({ entry }) => entry));
    const summary = summaryOf(facts, { incident, at: entries[0]?.at ?? '' });
    console.result(settings.json ? printableJson(summary) : lineOf(summary));
  }
  for (const name of unreadable)
    console.complain(`! ${printable(name)} is no incident record and was left out`);
  if (incidents.length === 0) console.say('no incidents yet');
  return 0;
}

/** Names tell it by the second only. Epoch milliseconds. */
function begunAt({ entries }: { readonly entries: readonly { readonly at: string }[] }): number {
  return Date.parse(entries[0]?.at ?? '') || 0;
}

function summaryOf(
  { opened, ended }: Facts,
  of: Readonly<Pick<IncidentSummary, 'incident' | 'at'>>,
): IncidentSummary {
  return dropUndefined({
    version: 1,
    kind: 'incident-summary',
    incident: of.incident,
    clientId: opened?.request.clientId ?? '',
    verdict: ended?.verdict,
    contained: ended?.contained,
    case: opened?.request.case,
    at: of.at,
  });
}

function lineOf({ incident, at, clientId, case: ticket = '', ...end }: IncidentSummary): string {
  const { verdict = 'unfinished', contained = 'unknown' } = end;
  const line = `${incident}  ${at}  ${verdict.padEnd(13)}  cut: ${contained.padEnd(7)}  "${printable(clientId)}"`;
  return ticket === '' ? line : `${line}  ${printable(ticket)}`;
}
