import { z } from 'zod';

/** A recording of a terminal: asciicast, version 2. (docs.asciinema.org/manual/asciicast/v2) */
export type Cast = {
  readonly columns: number;
  readonly rows: number;
  readonly title: string;
  /** Seconds since the start, and what the program printed then. */
  readonly output: readonly (readonly [number, string])[];
};

const header = z.looseObject({
  version: z.literal(2),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  title: z.string(),
});
const event = z.tuple([z.number().nonnegative(), z.enum(['o', 'i']), z.string()]);

/** One JSON document a line: the header, then the events in the order of their times. */
export function castText({ columns, rows, title, output }: Cast): string {
  const first = { version: 2, width: columns, height: rows, title, env: { TERM: 'xterm-256color' } };
  const events = output.map(([at, text]) => [Number(at.toFixed(3)), 'o', text]);
  return `${[first, ...events].map((line) => JSON.stringify(line)).join('\n')}\n`;
}

export function parseCast(text: string): Cast {
  const [first = '', ...lines] = text.trimEnd().split('\n');
  const { width: columns, height: rows, title } = header.parse(JSON.parse(first));
  const events = lines.map((line) => event.parse(JSON.parse(line)));
  if (events.some(([at], index) => at < (events[index - 1]?.[0] ?? 0)))
    throw new Error('the times of a recording must not run backwards');
  const output = events.flatMap(([at, kind, data]) => (kind === 'o' ? [[at, data] as const] : []));
  return { columns, rows, title, output };
}
