const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `500ms`, `30s`, `5m`, `1h`, `30d` or `0`; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const { amount, unit } = /^(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)$/u.exec(text)?.groups ?? {};
  if (amount === undefined || !isUnit(unit)) return undefined;
  return Math.round(Number(amount) * UNITS[unit]);
}

function isUnit(word: string | undefined): word is keyof typeof UNITS {
  return word !== undefined && Object.hasOwn(UNITS, word);
}
