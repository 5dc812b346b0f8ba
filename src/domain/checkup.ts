import * as z from 'zod';
import { dropUndefined } from './drop-undefined.ts';
import type { EvictError } from './errors.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { caller, target } from './incident.ts';

export const checkStatus = z.enum(['ok', 'warn', 'fail', 'unknown', 'skipped']);
export type CheckStatus = z.infer<typeof checkStatus>;

const checkGroup = z.enum(['identity', 'clock', 'endpoints', 'permissions', 'events', 'state', 'broker']);
export type CheckGroup = z.infer<typeof checkGroup>;

/** What somebody may want to do with this tool, each with needs of its own. */
export const way = z.enum([
  'dry-run',
  'respond-by-websocket',
  'respond-by-certificate',
  'kick-by-api',
  'detach',
  'watch',
]);
export type Way = z.infer<typeof way>;

/** The ways that differ by how the broker is reached: a setting decides which of the two is tried. */
export type ResponseWay = Extract<Way, 'respond-by-websocket' | 'respond-by-certificate'>;

const check = z.object({
  id: z.string(),
  group: checkGroup,
  status: checkStatus,
  message: z.string(),
  /** What to do about it. */
  hint: z.string().optional(),
  /** The ways of working that cannot be carried through without it. */
  neededFor: z.array(way),
});

/** One thing that was looked at, and what was found. */
export type Check = z.infer<typeof check>;

/** The document of `evict doctor --json`. What is not known is left out. */
export const checkupDocument = z.object({
  version: z.literal(1),
  kind: z.literal('doctor'),
  toolVersion: z.string(),
  ready: z.boolean().describe('Whether a whole response would be carried through, as it is configured.'),
  ways: z.array(
    z.object({
      way,
      configured: z.boolean(),
      ready: z.boolean(),
      lacks: z.array(z.string()).describe('The checks that keep it from being ready, by their IDs.'),
    }),
  ),
  responder: caller.optional(),
  target: target.optional(),
  clockSkewMs: z.number().optional().describe("AWS's clock minus this one."),
  checks: z.array(check),
});

export type CheckupDocument = z.infer<typeof checkupDocument>;

/** What one attempt came to. Not to have tried is an outcome of its own, and says why. */
export type Trial<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly error: EvictError }
  | { readonly kind: 'skipped'; readonly why: string };

export type Finding = Pick<Check, 'status' | 'message' | 'hint'>;

/** What a whole checkup found out, before it is judged. */
export type Examination = Pick<CheckupDocument, 'toolVersion' | 'responder' | 'target'> & {
  /** What the settings make of a response: all of these must be ready. */
  readonly configured: readonly Way[];
  readonly responding: ResponseWay;
  readonly clockSkewMs: number | undefined;
  readonly checks: readonly Check[];
};

/** Judges what was found by what is configured. */
export function checkupDocumentOf({
  toolVersion,
  checks,
  configured,
  responding,
  ...found
}: Examination): CheckupDocument {
  const ways = waysTried(responding).map((one) => {
    const lacks = lacksOf(one, checks);
    return { way: one, configured: configured.includes(one), ready: lacks.length === 0, lacks };
  });
  return dropUndefined({
    version: 1,
    kind: 'doctor',
    toolVersion,
    ready: ways.every((one) => one.ready || !one.configured),
    ways,
    ...found,
    checks: checks.map((one) => toned(one, configured)),
  });
}

/** What a script sees: whether it would work as it is configured. Warnings, and other ways, have no say. */
export function checkupExitCode({ ready }: Pick<CheckupDocument, 'ready'>): number {
  return ready ? 0 : EXIT_CODES.denied;
}

/** What a way needs and was not found to be there: what could not be found out is not there. */
function lacksOf(wanted: Way, checks: readonly Check[]): string[] {
  return checks
    .filter(({ neededFor, status }) => neededFor.includes(wanted) && status !== 'ok' && status !== 'warn')
    .map(({ id }) => id);
}

type Judgement<Value> = {
  readonly done: (value: Value) => Finding;
  /** What it means that the attempt failed: often that nothing can be told. It is told in the error's own words, unless in others. */
  readonly failed: (error: EvictError) => Pick<Finding, 'status'> & Partial<Finding>;
};

/** Judges one attempt; what was not tried says why. */
export function findingOf<Value>(trial: Trial<Value>, { done, failed }: Judgement<Value>): Finding {
  switch (trial.kind) {
    case 'done':
      return done(trial.value);
    case 'failed': {
      const { message, hint } = trial.error;
      return { message, hint, ...failed(trial.error) };
    }
    case 'skipped':
      return { status: 'skipped', message: trial.why };
  }
}

/** Of the two ways that differ by how the broker is reached, only one was tried. */
function waysTried(responding: ResponseWay): Way[] {
  return way.options.filter((one) => !one.startsWith('respond-') || one === responding);
}

/** What only another way of working needs is no failure of this one. */
function toned(found: Check, configured: readonly Way[]): Check {
  return found.status === 'fail' && !found.neededFor.some((one) => configured.includes(one))
    ? { ...found, status: 'warn' }
    : found;
}
