import { dropUndefined } from '../../domain/drop-undefined.ts';
import type { IncidentDocument, RecordLine } from '../../domain/documents.ts';
import { followUp } from '../../domain/evict-command.ts';
import { EXIT_CODES } from '../../domain/exit-codes.ts';
import { printable, printableJson } from '../../domain/printable.ts';
import { readSettings } from '../settings.ts';
import type { Flags } from '../settings.ts';
import { incidentDirectory } from '../wire-disk.ts';
import { consoleFrom } from './client.ts';

/** `evict show <incident>`: the record entry by entry, and whether its chain of hashes holds. */
export async function showCommand([name = '']: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const directory = await incidentDirectory(settings);
  const { entries, problem, torn, file, incident } = await directory.read(name);
  const console = consoleFrom(settings);
  const missing = wantsHash(flags) && !entries.some(({ hash }) => hash === flags['hash']);
  const verified = problem === undefined && !missing;
  const flaw =
    problem ??
    (missing
      ? 'the given hash is not in the chain: entries are missing, or it is another record'
      : undefined);
  if (settings.json) {
    const document: IncidentDocument = dropUndefined({
      version: 1,
      kind: 'incident',
      incident,
      file,
      entries: entries.map(({ raw }) => raw),
      verified,
      problem: flaw,
      finished: entries.at(-1)?.entry.kind === 'ended',
    });
    console.result(printableJson(document));
  } else {
    for (const { seq, at, raw } of entries)
      console.result(`${String(seq).padStart(4)} ${at} ${summary(raw)}`);
    console.result(
      verified
        ? `chain of ${entries.length} entries verified, newest hash ${entries.at(-1)?.hash ?? ''}`
        : `NOT VERIFIED: ${flaw ?? ''}`,
    );
    if (torn || entries.at(-1)?.entry.kind !== 'ended')
      console.result(
        `unfinished: the run was cut off here; to go on: ${followUp('resume', name, settings.again)}`,
      );
  }
  return verified || (flags['verify'] !== true && !wantsHash(flags)) ? 0 : EXIT_CODES.failed;
}

function wantsHash(flags: Flags): boolean {
  return typeof flags['hash'] === 'string';
}

/** An entry in one line, without the links of the chain. */
function summary(raw: RecordLine): string {
  const { kind, ...fields } = Object.fromEntries(
    Object.entries(raw).filter(([name]) => !['seq', 'at', 'prev', 'hash'].includes(name)),
  );
  return `${String(kind).padEnd(12)} ${printable(JSON.stringify(fields))}`;
}
