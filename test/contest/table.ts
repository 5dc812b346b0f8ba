import type { Outcome } from './contest.ts';
import type { Report } from './round.ts';

/** The counts: kind of intruder by verdict, then the weather, and what every fault did. */
export function tableOf({ reports, struck: always }: Outcome): string {
  const struck = new Map(Object.entries(always));
  for (const report of reports)
    for (const [name, times] of Object.entries(report.struck))
      struck.set(name, (struck.get(name) ?? 0) + times);
  return [
    grid('intruder', reports, ({ intruder }) => intruder),
    grid('weather', reports, ({ weather }) => weather),
    grid('way', reports, ({ way }) => `${way.action}, ${way.method}`),
    [...struck].map(([name, times]) => `${name} struck ${times} times`).join('\n'),
  ].join('\n\n');
}

function grid(title: string, reports: readonly Report[], nameOf: (report: Report) => string): string {
  const verdicts = [...new Set(reports.map(({ verdict }) => verdict))].toSorted();
  const names = [...new Set(reports.map(nameOf))].toSorted();
  const count = (rows: readonly Report[]) => [
    ...verdicts.map((verdict) => rows.filter((report) => report.verdict === verdict).length),
    rows.length,
  ];
  const rows = names.map((name) => [name, ...count(reports.filter((report) => nameOf(report) === name))]);
  const all = [[title, ...verdicts, 'all'], ...rows, ['all', ...count(reports)]].map((row) =>
    row.map(String),
  );
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) => row.map((cell, column) => padded(cell, widths[column] ?? 0, column)).join('  '))
    .join('\n');
}

function padded(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** What was wrong, a line each; nothing: all was true. */
export function faultsFound({ reports, afterwards }: Outcome): string[] {
  return [
    ...reports.flatMap((report) =>
      [...report.falsehoods, ...report.leaks].map(
        (wrong) => `${lineOf(report)}\n  ${wrong}\n  ${report.record ?? ''}`,
      ),
    ),
    ...afterwards,
  ];
}

/** One round, as it is told while the contest goes on. */
export function lineOf({ index, intruder, way, weather, verdict, cause, tookMs }: Report): string {
  const because = cause === undefined ? '' : ` (${cause})`;
  const how = `${way.action}, ${way.method}${way.keepSession ? ', session kept' : ''}`;
  return `${String(index).padStart(3)}  ${intruder}; ${how}; ${weather}: ${verdict}${because}, ${(tookMs / 1000).toFixed(1)} s`;
}
