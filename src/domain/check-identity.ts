import { findingOf } from './checkup.ts';
import type { Check, ResponseWay, Trial, Way } from './checkup.ts';
import type { ErrorCode } from './errors.ts';
import type { CallerReading } from './cloud-ports.ts';

/** AWS refuses signatures that are more than five minutes off. (Signature Version 4, "Expired signatures") */
const SIGNATURES_FAIL_MS = 5 * 60_000;
/** Not yet a failure, but no clock of a machine that keeps its time. */
const DRIFTING_MS = 60_000;

/** Every way that asks the control plane. */
const ASKING: readonly Way[] = [
  'dry-run',
  'respond-by-websocket',
  'respond-by-certificate',
  'kick-by-api',
  'detach',
];

/** The credentials are there and not believed, or are not there: anything else tells nothing of them. */
const NO_GOOD: ReadonlySet<ErrorCode> = new Set(['credentials-missing', 'access-denied']);

/** Whether the attempt failed for want of credentials that AWS believes. */
export function isNobody(trial: Trial<unknown>): boolean {
  return trial.kind === 'failed' && NO_GOOD.has(trial.error.code);
}

/** Whether there are credentials that AWS believes, and whose they are. */
export function credentialsCheck(
  trial: Trial<CallerReading>,
  { responding, profile }: { readonly responding: ResponseWay; readonly profile: string | undefined },
): Check {
  const from = profile === undefined ? '' : `, profile ${profile}`;
  const finding = findingOf(trial, {
    done: ({ arn, principal, account }) =>
      arn === ''
        ? { status: 'unknown', message: 'the answer is none of STS', hint: 'check --endpoint-url' }
        : { status: 'ok', message: `${arn} (${principal}), account ${account}${from}` },
    failed: ({ code }) => ({ status: NO_GOOD.has(code) ? 'fail' : 'unknown' }),
  });
  return { id: 'credentials', group: 'identity', ...finding, neededFor: SIGNING[responding] };
}

/** Whether there is a region, and who says so. */
export function regionCheck(
  trial: Trial<string>,
  { responding, from }: { readonly responding: ResponseWay; readonly from: string },
): Check {
  const finding = findingOf(trial, {
    done: (region) => ({ status: 'ok', message: `${region}, from ${from}` }),
    failed: ({ code }) => ({ status: code === 'timed-out' ? 'unknown' : 'fail' }),
  });
  return { id: 'region', group: 'identity', ...finding, neededFor: SIGNING[responding] };
}

/** How far this machine's clock is from AWS's. `skewMs`: theirs minus ours. */
export function clockCheck(skewMs: number | undefined, responding: ResponseWay): Check {
  const common = { id: 'clock', group: 'clock', neededFor: SIGNING[responding] } as const;
  if (skewMs === undefined)
    return { ...common, status: 'unknown', message: 'no answer of AWS to compare this clock with' };
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const direction = skewMs > 0 ? 'behind' : 'ahead of';
  const message = `this clock is ${seconds} s ${direction} AWS's`;
  const hint = 'set the clock of this machine, by NTP for one';
  if (Math.abs(skewMs) >= SIGNATURES_FAIL_MS)
    return { ...common, status: 'fail', message: `${message}; signatures fail from 300 s on`, hint };
  if (Math.abs(skewMs) >= DRIFTING_MS)
    return { ...common, status: 'warn', message: `${message}; signatures fail from 300 s on`, hint };
  return { ...common, status: 'ok', message: seconds < 2 ? "this clock agrees with AWS's" : message };
}

/** What asks AWS's API. A watch by certificate is the one thing that needs no AWS credentials. */
export const SIGNING: Readonly<Record<ResponseWay, Way[]>> = {
  'respond-by-websocket': [...ASKING, 'watch'],
  'respond-by-certificate': [...ASKING],
};
