import { EvictError } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';
import type { Given } from './given.ts';

/** Something that is wrong with the settings; in the configuration file, where it has a line. */
export type SettingFlaw = { readonly line?: number | undefined; readonly text: string };

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string };

/** A value that was refused goes along, with what gave it, so that it can be found. */
export function flawOf({ path, message }: Issue, given: Given | undefined): SettingFlaw {
  const [name, index] = path;
  const value = given?.value;
  const refused: unknown = Array.isArray(value) && typeof index === 'number' ? value[index] : value;
  return {
    line: given?.line,
    text: `${given?.called ?? String(name)} "${String(refused)}": ${message}`,
  };
}

/** Two that cannot both be meant. Of `quiet` and `verbose` from different sources, the stronger one simply holds. */
export function contradictions({ quiet, verbose }: Switches): readonly SettingFlaw[] {
  if (quiet === undefined || quiet.by !== verbose?.by) return [];
  return [{ line: quiet.line, text: `${quiet.called} and ${verbose.called} contradict each other` }];
}

type Switches = Readonly<Record<'quiet' | 'verbose', Given | undefined>>;

/** What is no YAML at all has flaws without number. */
const MOST_TOLD = 20;

/** One error that names all flaws: those of the file by line, then all others. */
export function settingsError(flaws: readonly SettingFlaw[], file: string | undefined): EvictError {
  const inFile = flaws
    .flatMap(({ line, text }) => (line === undefined ? [] : [{ line, text }]))
    .toSorted((one, other) => one.line - other.line);
  const elsewhere = flaws.filter(({ line }) => line === undefined).map(({ text }) => text);
  const ofFile = inFile.slice(0, MOST_TOLD).map(({ line, text }) => `line ${line}: ${text}`);
  if (inFile.length > MOST_TOLD) ofFile.push(`and ${inFile.length - MOST_TOLD} more`);
  const first = `the configuration "${file ?? ''}" is not valid: ${ofFile.join('; ')}`;
  return new EvictError(
    elsewhere.length === 0 ? 'file-invalid' : 'bad-option',
    printable([...(inFile.length === 0 ? [] : [first]), ...elsewhere].join('; ')),
    {
      hint: 'see evict --help; settings also come from EVICT_… variables and, by the long option names, from the configuration file',
    },
  );
}
