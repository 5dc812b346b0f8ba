import { ACTIONS } from './action.ts';
import type { ActionId } from './action.ts';
import { findingOf, way } from './checkup.ts';
import type { Check, Finding, Trial, Way } from './checkup.ts';
import type { CallerReading } from './cloud-ports.ts';

/** What a call on something that cannot exist was answered with. */
export type ProbeAnswer =
  /** As if there was something: an empty list, an address. */
  | { readonly kind: 'answered'; readonly detail?: string | undefined }
  /** ResourceNotFoundException: whoever is told so may make the call. */
  | { readonly kind: 'not-found' }
  /** Not allowed. */
  | { readonly kind: 'refused'; readonly message: string };

type Permission = {
  /** The ways that need it whatever the action is. */
  readonly neededFor: readonly Way[];
  /** What it is for, as the end of "may …". */
  readonly purpose: string;
  /** What the policy has to allow it on. */
  readonly on: 'cert/*' | 'thing/*' | 'client/*' | 'rule/*' | 'log-group:AWSIotLogsV2:*' | '*';
  /** The answers that only somebody gets who may make the call. Any other one tells nothing. */
  readonly shownBy: readonly ProbeAnswer['kind'][];
  /** It only adds to what is known: a response goes on without. */
  readonly enriches?: true;
};

const RESPONDING: readonly Way[] = ['respond-by-websocket', 'respond-by-certificate', 'kick-by-api'];
const LOOKING: readonly Way[] = ['dry-run', ...RESPONDING, 'detach'];
const NOTHING_THERE: readonly ProbeAnswer['kind'][] = ['not-found'];
const NOTHING_OR_EMPTY: readonly ProbeAnswer['kind'][] = ['answered', 'not-found'];

/** Every call that a way of working makes and that IAM can refuse. */
export const PERMISSIONS = {
  'iot:DescribeEndpoint': {
    neededFor: ['respond-by-websocket', 'watch'],
    purpose: 'find the broker where no --mqtt-url names it',
    on: '*',
    shownBy: ['answered'],
  },
  'iot:DescribeCertificate': {
    neededFor: LOOKING,
    purpose: 'read the certificate, and read back what was changed',
    on: 'cert/*',
    shownBy: NOTHING_THERE,
  },
  'iot:ListPrincipalThings': {
    neededFor: LOOKING,
    purpose: 'see who else would be hit (without it: blocker blast-radius-unknown)',
    on: '*',
    shownBy: NOTHING_OR_EMPTY,
  },
  'iot:ListAttachedPolicies': {
    neededFor: ['detach'],
    purpose: 'see the policies, and read back that they are detached',
    on: '*',
    shownBy: NOTHING_OR_EMPTY,
  },
  'iot:UpdateCertificate': {
    neededFor: [],
    purpose: 'deactivate the certificate, and undo that',
    on: 'cert/*',
    shownBy: NOTHING_THERE,
  },
  'iot:DetachPolicy': {
    neededFor: ['detach'],
    purpose: 'detach policies',
    on: 'cert/*',
    shownBy: NOTHING_OR_EMPTY,
  },
  'iot:AttachPolicy': {
    neededFor: ['detach'],
    purpose: 'undo a detaching',
    on: 'cert/*',
    shownBy: NOTHING_THERE,
  },
  'iot:GetEffectivePolicies': {
    neededFor: [],
    purpose: 'see access that comes through a thing group',
    on: '*',
    shownBy: NOTHING_OR_EMPTY,
    enriches: true,
  },
  'iot:TestAuthorization': {
    neededFor: [],
    purpose: 'ask whether the client would still be let in',
    on: '*',
    shownBy: NOTHING_OR_EMPTY,
    enriches: true,
  },
  'iot:ListThingPrincipals': {
    neededFor: [],
    purpose: 'name candidates where no event tells who it is (--events thing)',
    on: 'thing/*',
    shownBy: NOTHING_OR_EMPTY,
    enriches: true,
  },
  'iot:ListTopicRules': {
    neededFor: [],
    purpose: 'find the histories that rules keep, where no --events names any',
    on: '*',
    shownBy: NOTHING_OR_EMPTY,
    enriches: true,
  },
  'iot:GetTopicRule': {
    neededFor: [],
    purpose: 'see where such a rule keeps them',
    on: 'rule/*',
    shownBy: NOTHING_THERE,
    enriches: true,
  },
  'iot:GetConnection': {
    neededFor: ['kick-by-api'],
    purpose: 'ask whether a client is connected',
    on: 'client/*',
    shownBy: NOTHING_THERE,
  },
  'iot:DeleteConnection': {
    neededFor: ['kick-by-api'],
    purpose: 'kick by API',
    on: 'client/*',
    shownBy: NOTHING_THERE,
  },
  'iot:ListSubscriptions': {
    neededFor: [],
    purpose: 'keep what the client listened to as evidence',
    on: 'client/*',
    shownBy: NOTHING_OR_EMPTY,
    enriches: true,
  },
  'iot:GetV2LoggingOptions': {
    neededFor: [],
    purpose: 'find out whether refused connections are logged',
    on: '*',
    shownBy: NOTHING_OR_EMPTY,
    enriches: true,
  },
  'logs:FilterLogEvents': {
    neededFor: [],
    purpose: 'see a deactivated certificate being refused',
    on: 'log-group:AWSIotLogsV2:*',
    shownBy: NOTHING_OR_EMPTY,
    enriches: true,
  },
} as const satisfies Record<string, Permission>;

export type PermissionName = keyof typeof PERMISSIONS;
/** Asked on something that cannot exist; the endpoint is there, and nothing can happen to it. */
export type ProbedPermission = Exclude<PermissionName, 'iot:DescribeEndpoint'>;

/** In the order of the table. */
export const PROBED: readonly ProbedPermission[] = Object.keys(PERMISSIONS).filter(
  (name): name is ProbedPermission => name in PERMISSIONS && name !== 'iot:DescribeEndpoint',
);

/** Where the permissions are asked about. */
export type Place = { readonly partition: string; readonly region: string; readonly account: string };

/** As STS names the caller, and the SDK the region. */
export function placeOf(caller: Trial<CallerReading>, region: Trial<string>): Place | undefined {
  if (caller.kind !== 'done' || region.kind !== 'done') return undefined;
  const { arn, account } = caller.value;
  if (account === '') return undefined;
  return { partition: arn.split(':')[1] ?? 'aws', region: region.value, account };
}

/** The ways that cannot be carried through without the permission, with the actions that are configured. */
export function waysNeeding(name: PermissionName, actions: readonly ActionId[]): Way[] {
  const { neededFor, enriches }: Permission = PERMISSIONS[name];
  const acts = actions.map((id) => ACTIONS[id]);
  const asked = acts.flatMap(({ permissions, undoPermissions }) => [...permissions, ...undoPermissions]);
  const needing = new Set([...neededFor, ...(new Set<string>(asked).has(name) ? RESPONDING : [])]);
  return enriches ? [] : way.options.filter((one) => needing.has(one));
}

/** What a permission is judged by, other than by the answer. */
export type PermissionQuestion = { readonly place: Place | undefined; readonly actions: readonly ActionId[] };

/** Decides from the answer whether the call may be made. */
export function permissionCheck(
  name: PermissionName,
  trial: Trial<ProbeAnswer>,
  { place, actions }: PermissionQuestion,
): Check {
  const { purpose, on, shownBy }: Permission = PERMISSIONS[name];
  const finding = findingOf(trial, {
    done: (answer): Finding => {
      if (answer.kind === 'refused')
        return {
          status: 'fail',
          message: `refused; it is needed to ${purpose} (${reasonIn(answer.message)})`,
          hint: allow(name, on, place),
        };
      return shownBy.includes(answer.kind)
        ? { status: 'ok', message: `may ${purpose}` }
        : {
            status: 'unknown',
            message: 'the answer is none that AWS IoT gives',
            hint: 'check --endpoint-url',
          };
    },
    failed: () => ({ status: 'unknown' }),
  });
  return { id: name, group: 'permissions', ...finding, neededFor: waysNeeding(name, actions) };
}

/** AWS says at length who may not do what on which resource, all of which is known, and then why. */
function reasonIn(message: string): string {
  return /\bbecause (?<reason>.+)$/su.exec(message)?.groups?.['reason'] ?? message;
}

/** What to add to the policy. */
export function allow(name: string, on: string, place: Place | undefined): string {
  const { partition = 'aws', region = '*', account = '*' } = place ?? {};
  const [service = ''] = name.split(':');
  return `allow ${name} on ${on === '*' ? on : `arn:${partition}:${service}:${region}:${account}:${on}`}`;
}
