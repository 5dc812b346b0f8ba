import type { AwsIdentity, AwsOptions } from '../adapters/aws/credentials.ts';
import type { AskMfaCode } from '../adapters/aws/mfa.ts';
import { orAbort } from '../domain/signals.ts';
import type { Settings } from './settings.ts';
import { systemClock } from './system.ts';

/** Who can be asked for the code of an MFA device. */
export type Attendant = {
  readonly askMfaCode: AskMfaCode;
  /** Until when. */
  readonly signal: AbortSignal;
};

const identities = new WeakMap<Settings, Promise<AwsIdentity>>();

/** Who asks AWS, once for all that a command line does: a code that it takes is asked for once, too. */
export function identityOf(
  settings: Settings,
  options: AwsOptions,
  attendant: Attendant,
): Promise<AwsIdentity> {
  const known = identities.get(settings) ?? introduce(settings, options, attendant);
  identities.set(settings, known);
  return known;
}

async function introduce(
  settings: Settings,
  options: AwsOptions,
  attendant: Attendant,
): Promise<AwsIdentity> {
  const [{ identityFrom }, { takesMfaCode }] = await Promise.all([
    import('../adapters/aws/credentials.ts'),
    import('../adapters/aws/mfa.ts'),
  ]);
  if (!(await takesMfaCode(options))) return identityFrom(options);
  using limit = systemClock.within(settings.timeout, attendant.signal);
  const identity = identityFrom(options, async (device) => {
    limit.signal.throwIfAborted(); // it would be asked in the middle of a run
    limit.renew(settings.deadline); // nobody types by the time-out of a call
    const code = await attendant.askMfaCode(device);
    limit.renew(settings.timeout);
    return code;
  });
  // Asked before anything is begun. Why there are no credentials is told by the first call that wants them.
  const settled = Promise.allSettled([identity.credentials()]);
  await orAbort(settled, limit.signal).catch(() => undefined);
  return identity;
}
