import type { Progress } from '../../domain/source-ports.ts';
import { shown } from '../console.ts';

const MEGABYTE = 1_000_000;

/** How far the reading of a source is: `file:big.jsonl, 512 of 1024 MB`. */
export function progressWords({ source, done, of, unit }: Progress): string {
  const size = unit === 'bytes' ? MEGABYTE : 1;
  const count = (amount: number) => String(Math.round(amount / size));
  const all = of === undefined ? '' : ` of ${count(of)}`;
  return `${shown(source)}, ${count(done)}${all} ${unit === 'bytes' ? 'MB' : unit}`;
}
