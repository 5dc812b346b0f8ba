const SHORTEST_MS = 1_000;
const LONGEST_MS = 60_000;

/**
 * How long to wait after so many failures in a row, the first being 1: longer each time, and never the same for all who lost
 * the same broker. A second at least: AWS takes one CONNECT a second for each client ID.
 */
export function backOffMs(failures: number, fraction: number): number {
  const longest = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** failures);
  return SHORTEST_MS + Math.round((longest - SHORTEST_MS) * fraction);
}
