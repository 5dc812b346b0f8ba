/** Of which account, region and endpoint events are, as far as that is known. */
export type JournalPlace = {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** The host that the events came from. */
  readonly endpoint?: string | undefined;
};

/**
 * Whether what was recorded at a place may answer for another. An account and its region say it all; where an account is not
 * known, the endpoint has to be the same: AWS gives each account one of its own. What cannot be told is foreign.
 */
export function isSamePlace(one: JournalPlace, other: JournalPlace): boolean {
  if (one.region !== undefined && other.region !== undefined && one.region !== other.region) return false;
  if (one.account !== undefined && other.account !== undefined) return one.account === other.account;
  return one.endpoint !== undefined && one.endpoint === other.endpoint;
}

/** The endpoint of a broker's URL; two doors of one host are the same. */
export function endpointOf(url: string): string {
  return new URL(url).hostname;
}
