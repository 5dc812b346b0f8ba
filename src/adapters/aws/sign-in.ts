import { EvictError, messageOf } from '../../domain/errors.ts';
import { shellQuoted } from '../../domain/equivalent.ts';
import { profilesBehind } from './profiles.ts';
import type { Profile, ProfilePlace } from './profiles.ts';
import { isOfCredentials } from './sdk-explanation.ts';

/** What was thrown while credentials were looked for; where it is a sign-in that is over, with the command that renews it. */
export async function explainSignIn(error: unknown, place: ProfilePlace): Promise<unknown> {
  if (error instanceof EvictError || !isOfCredentials(error)) return error;
  const profiles = await profilesBehind(place);
  const signedIn = profiles.find((profile) => commandFor(profile) !== undefined);
  if (signedIn === undefined) return error;
  const elsewhere = place.configFile === undefined ? '' : `AWS_CONFIG_FILE=${shellQuoted(place.configFile)} `;
  return new EvictError('credentials-missing', `profile "${signedIn.name}": ${messageOf(error)}`, {
    hint: `run "${elsewhere}${commandFor(signedIn) ?? ''} --profile ${shellQuoted(signedIn.name)}", then this again`,
    cause: error,
  });
}

/** Of all the profiles behind a role it is the one with the sign-in that the AWS CLI wants to be told. */
function commandFor({ said }: Profile): string | undefined {
  if (said['sso_session'] !== undefined || said['sso_start_url'] !== undefined) return 'aws sso login';
  return said['login_session'] === undefined ? undefined : 'aws login';
}
