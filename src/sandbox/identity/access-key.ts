import { randomBytes, randomInt } from 'node:crypto';
import { ACCOUNT_ID } from './account.ts';
import type { IamEntity } from './iam.ts';

/** Credentials of IAM, and whose they are. A session token belongs to temporary ones only. */
export type AccessKey = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  readonly expiresAt?: number;
  /** As GetCallerIdentity says it. */
  readonly arn: string;
  /** `AIDA…` for a user, `AROA…:session` for a role: also what a presence event calls its connections (LE, SEED). */
  readonly userId: string;
  readonly entity: IamEntity;
  /** Set where Amazon Cognito gave out the role session: `region:uuid`. */
  readonly cognitoIdentityId?: string;
};

/** A long-lived key of an IAM user, as no real account knows it. */
export function issueUserKey(user: IamEntity, issuedAt: number): AccessKey {
  return {
    ...newSecret('AKIA'),
    issuedAt,
    arn: user.arn,
    userId: user.id,
    entity: user,
  };
}

type RoleSession = {
  readonly name: string;
  readonly issuedAt: number;
  readonly seconds: number;
  readonly cognitoIdentityId?: string | undefined;
};

/** Temporary credentials of a role, as AssumeRole or Cognito gives them out. */
export function issueSessionKey(role: IamEntity, session: RoleSession): AccessKey {
  return {
    ...newSecret('ASIA'),
    sessionToken: randomBytes(120).toString('base64'),
    issuedAt: session.issuedAt,
    expiresAt: session.issuedAt + session.seconds * 1000,
    arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role.name}/${session.name}`,
    userId: `${role.id}:${session.name}`,
    entity: role,
    ...(session.cognitoIdentityId === undefined ? {} : { cognitoIdentityId: session.cognitoIdentityId }),
  };
}

function newSecret(prefix: 'AKIA' | 'ASIA') {
  return {
    accessKeyId: `${prefix}${upperAlphanumerics(16)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
}

export function upperAlphanumerics(length: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join('');
}
