const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds of `500ms`, `30s`, `5m`, `1h` or `0`; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const { amount, unit } = /^(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m|h)$/u.exec(text)?.groups ?? {};
  if (amount === undefined) return undefined;
  const factor = unit === 'ms' ? UNITS.ms : unit === 's' ? UNITS.s : unit === 'm' ? UNITS.m : UNITS.h;
  return Math.round(Number(amount) * factor);
}
