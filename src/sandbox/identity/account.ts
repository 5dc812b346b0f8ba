import { randomBytes, randomInt } from 'node:crypto';

/** The one account and region that the sandbox plays; the number is AWS's own documentation account. */
export const ACCOUNT_ID = '123456789012';
export const REGION = 'us-east-1';

const RESPONDER_ARN = `arn:aws:iam::${ACCOUNT_ID}:user/responder`;

export function certificateArn(certificateId: string): string {
  return iotArn(`cert/${certificateId}`);
}

export function policyArn(policyName: string): string {
  return iotArn(`policy/${policyName}`);
}

export function thingArn(thingName: string): string {
  return iotArn(`thing/${thingName}`);
}

function iotArn(resource: string): string {
  return `arn:aws:iot:${REGION}:${ACCOUNT_ID}:${resource}`;
}

/** An IAM access key and whose it is. A session token belongs to temporary credentials only. */
export type AccessKey = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly arn: string;
  /** `AIDA…` for a user: also what a presence event calls its connections (LE, SEED). */
  readonly userId: string;
};

/** The IAM user of whoever answers the incident, with a key that no real account knows. */
export function createResponderKey(): AccessKey {
  return {
    accessKeyId: `AKIA${upperAlphanumerics(16)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    arn: RESPONDER_ARN,
    userId: `AIDA${upperAlphanumerics(17)}`,
  };
}

function upperAlphanumerics(length: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join('');
}
