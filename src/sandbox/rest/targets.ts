import { certificateArn, groupArn } from '../identity/account.ts';
import {
  certificateByArn,
  groupByArn,
  isCognitoIdentity,
  type Registry,
  withParents,
} from '../registry/registry.ts';
import { notFound, refusal, type Answer } from './answer.ts';

/** What a policy can be attached to. */
export type TargetKind = 'certificate' | 'thing-group' | 'cognito-identity';

/** What kind of target a request names, or why it is none: 400 by its form alone, 404 where it is not registered. */
export function findTarget(registry: Registry, target: string): TargetKind | Answer {
  if (isCognitoIdentity(target)) return 'cognito-identity';
  if (target.startsWith(certificateArn(''))) {
    return certificateByArn(registry, target) === undefined
      ? notFound(`certificate ${target}`)
      : 'certificate';
  }
  if (target.startsWith(groupArn(''))) {
    return groupByArn(registry, target) === undefined ? notFound(`thing group ${target}`) : 'thing-group';
  }
  return refusal(
    'InvalidRequestException',
    `${target} is not the ARN of a certificate or a thing group of this account and region, nor a Cognito identity ID`,
  );
}

/** The same for those that can connect, and so can have things: a thing group cannot. */
export function findPrincipal(
  registry: Registry,
  principal: string,
): Exclude<TargetKind, 'thing-group'> | Answer {
  const kind = findTarget(registry, principal);
  if (kind !== 'thing-group') return kind;
  return refusal('InvalidRequestException', `${principal} is a thing group, which is no principal`);
}

/** A target and all whose policies it takes over: a group's parents, the groups of a principal's things. (TG) */
export function withInherited(registry: Registry, target: string): string[] {
  const group = groupByArn(registry, target);
  const groups =
    group === undefined
      ? registry.thingsOf.from(target).flatMap((thing) => registry.groupsOf.from(thing))
      : [group.name];
  return [target, ...groups.flatMap((name) => withParents(registry, name)).map(({ arn }) => arn)];
}
