import { REGION } from './account.ts';
import type { Profile } from './residents.ts';

/** The shared credentials file of the AWS CLI and SDKs. Roles are assumed with the keys of others, and have none of their own. */
export function awsCredentials(profiles: readonly Profile[]): string {
  return profiles
    .flatMap((profile) => ('key' in profile ? [profile] : []))
    .map(({ name, key }) =>
      section(name, {
        aws_access_key_id: key.accessKeyId,
        aws_secret_access_key: key.secretAccessKey,
        aws_session_token: key.sessionToken,
      }),
    )
    .join('\n');
}

/**
 * The shared config file. Tools that know `endpoint_url` never reach AWS with these profiles by mistake. A Cognito identity's
 * ID is a key of our own, which tools pass over: `aws configure get cognito_identity_id --profile cognito-1` prints it.
 */
export function awsConfig(profiles: readonly Profile[], endpointUrl: string): string {
  return profiles
    .map((profile) =>
      section(profile.name === 'default' ? 'default' : `profile ${profile.name}`, {
        region: REGION,
        endpoint_url: endpointUrl,
        ...('role' in profile
          ? { role_arn: profile.role.arn, source_profile: profile.source, role_session_name: 'drill' }
          : { cognito_identity_id: profile.key.cognitoIdentityId }),
      }),
    )
    .join('\n');
}

function section(name: string, values: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} = ${value}\n`);
  return `[${name}]\n${lines.join('')}`;
}
