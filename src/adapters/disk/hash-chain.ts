import { createHash } from 'node:crypto';
import { isRecordLine } from '../../domain/documents.ts';
import type { RecordLine } from '../../domain/documents.ts';
import { incidentEntry } from '../../domain/incident.ts';
import type { ChainLink, IncidentEntry } from '../../domain/incident.ts';

/** `prev` of the first entry. */
export const NO_HASH = '0'.repeat(64);

type ChainedEntry = ChainLink & {
  readonly entry: IncidentEntry;
  /** As it was written, whatever a later version has added. */
  readonly raw: RecordLine;
};

/** A record as read: what it holds, and whether it is as it was written. */
export type ChainReading = {
  readonly entries: readonly ChainedEntry[];
  /** The first thing that is wrong with the chain; undefined: nothing is. */
  readonly problem?: string | undefined;
  /** The last line has no end: the writer was cut off in it, and what it was to say never counted. */
  readonly torn: boolean;
  /** Bytes of all lines that are whole. */
  readonly wholeBytes: number;
};

/** The line of an entry, without its newline; `hash` is the SHA-256 of the line as it stands without its last member. */
export function chainedLine(
  entry: IncidentEntry,
  { seq, at, prev }: { readonly seq: number; readonly at: string; readonly prev: string },
): { readonly line: string; readonly hash: string } {
  const { kind, ...fields } = entry;
  const unhashed = JSON.stringify({ seq, at, kind, ...fields, prev });
  const hash = sha256(unhashed);
  return { line: `${unhashed.slice(0, -1)},"hash":"${hash}"}`, hash };
}

/** Reads and checks a whole record. */
export function readChain(text: string): ChainReading {
  const lines = text.split('\n');
  const torn = lines.pop() !== '';
  const entries: ChainedEntry[] = [];
  let problem: string | undefined;
  for (const [index, line] of lines.entries()) {
    const chained = parseLine(line);
    if (chained === undefined) problem ??= `line ${index + 1} is no entry of an incident record`;
    else {
      problem ??= flaw(chained, line, { index, prev: entries.at(-1)?.hash ?? NO_HASH });
      entries.push(chained);
    }
  }
  return { entries, problem, torn, wholeBytes: Buffer.byteLength(lines.map((line) => `${line}\n`).join('')) };
}

function flaw(
  { seq, prev, hash }: ChainedEntry,
  line: string,
  expected: { readonly index: number; readonly prev: string },
): string | undefined {
  if (seq !== expected.index) return `entry ${expected.index} is missing or out of place`;
  if (prev !== expected.prev) return `entry ${seq} does not follow the one before it`;
  const unhashed = line.replace(/,"hash":"[0-9a-f]{64}"\}$/u, '}');
  return unhashed !== line && sha256(unhashed) === hash ? undefined : `entry ${seq} was changed`;
}

function parseLine(line: string): ChainedEntry | undefined {
  try {
    const raw: unknown = JSON.parse(line);
    if (!isRecordLine(raw)) return undefined;
    const { seq, at, prev, hash } = raw;
    return { seq, at, prev, hash, entry: incidentEntry.parse(raw), raw };
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
