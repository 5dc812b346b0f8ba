import type { Place } from './permissions.ts';

/** Something that cannot exist, in the caller's own account and region, for calls that must have no effect. */
export type Nothing = {
  /** No certificate's SHA-256 is all zeros. */
  readonly certificateId: string;
  readonly certificateArn: string;
  /** Random, like the client's ID. */
  readonly policyName: string;
  readonly ruleName: string;
  readonly clientId: string;
  readonly clientArn: string;
};

/**
 * Names what cannot exist. The client's ID does not begin like the watch's own (`evict-…`), on which a policy may well
 * allow more than on those of devices.
 */
export function nothingAt({ partition, region, account }: Place, hex: string): Nothing {
  const here = `arn:${partition}:iot:${region}:${account}`;
  const certificateId = '0'.repeat(64);
  const clientId = strangerId(hex);
  return {
    certificateId,
    certificateArn: `${here}:cert/${certificateId}`,
    policyName: `evict-doctor-${hex}`,
    ruleName: `evict_doctor_${hex}`,
    clientId,
    clientArn: `${here}:client/${clientId}`,
  };
}

/** A client ID that nobody has, outside what policies allow for the tool's own connections. */
export function strangerId(hex: string): string {
  return `doctor-${hex}`;
}
