import { factsOf } from '../../domain/facts.ts';
import { dropUndefined } from '../../domain/document.ts';
import { printable, printableJson } from '../../domain/printable.ts';
import { readSettings } from '../settings.ts';
import type { Flags } from '../settings.ts';
import { incidentDirectory } from '../wire.ts';
import { consoleFrom } from './client.ts';

/** `evict incidents`: one line each, oldest first. A run without an end has no verdict. */
export async function incidentsCommand(_operands: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const directory = await incidentDirectory(settings);
  const { incidents, unreadable } = await directory.list();
  const console = consoleFrom(settings);
  for (const { entries, incident } of incidents) {
    const { opened, ended } = factsOf(entries.map(({ entry }) => entry));
    const line = {
      version: 1,
      kind: 'incident-summary',
      incident,
      clientId: opened?.request.clientId ?? '',
      verdict: ended?.verdict,
      contained: ended?.contained,
      case: opened?.request.case,
      at: entries[0]?.at,
    };
    const { verdict = 'unfinished', contained = 'unknown', at = '' } = line;
    console.result(
      settings.json
        ? printableJson(dropUndefined(line))
        : `${incident}  ${at}  ${verdict.padEnd(13)}  cut: ${contained.padEnd(7)}  "${printable(line.clientId)}"${line.case === undefined ? '' : `  ${printable(line.case)}`}`,
    );
  }
  for (const name of unreadable)
    console.complain(`! ${printable(name)} is no incident record and was left out`);
  if (incidents.length === 0) console.say('no incidents yet');
  return 0;
}
