import { getDefaultRoleAssumer } from '@aws-sdk/client-sts';
import type { fromIni } from '@aws-sdk/credential-provider-ini';
import { profilesBehind } from './profiles.ts';
import type { ProfilePlace } from './profiles.ts';

type RoleAssumer = NonNullable<NonNullable<Parameters<typeof fromIni>[0]>['roleAssumer']>;
type Credentials = ReturnType<RoleAssumer>;

/** Asks a person for the code that an MFA device shows. Throws `credentials-missing` where nobody can be asked, or answers. */
export type AskMfaCode = (device: string) => Promise<string>;

/** Whether the credentials are those of a role that takes a code. */
export async function takesMfaCode(place: ProfilePlace): Promise<boolean> {
  const profiles = await profilesBehind(place);
  return profiles.some(({ said }) => said['role_arn'] !== undefined && said['mfa_serial'] !== undefined);
}

/**
 * Assumes roles as the SDK does, and asks for the code only once the credentials that it goes with are there: by itself, the
 * SDK would ask first. Each role is assumed once, however often it is asked for: a code is good once, and what comes later
 * must neither ask again nor be another session.
 */
export function mfaRoles(ask: AskMfaCode, options: Parameters<typeof getDefaultRoleAssumer>[0]) {
  const assume = getDefaultRoleAssumer(options);
  const assumed = new Map<string, Credentials>();
  const roleAssumer: RoleAssumer = (source, params) => {
    const { RoleArn: role, SerialNumber: device } = params;
    if (device === undefined) return assume(source, params);
    const known =
      assumed.get(role) ?? ask(device).then((TokenCode) => assume(source, { ...params, TokenCode }));
    assumed.set(role, known);
    return known;
  };
  return { roleAssumer, mfaCodeProvider: () => Promise.resolve(ASKED_LATER) };
}

const ASKED_LATER = '';
