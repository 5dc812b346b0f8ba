import type { PolicyDocument } from '../policy/document.ts';
import { type AccessKey, upperAlphanumerics } from './access-key.ts';
import { iamArn } from './account.ts';

/** A user or a role, with the policies that say what it may do. */
export type IamEntity = {
  readonly kind: 'user' | 'role';
  readonly name: string;
  readonly arn: string;
  /** `AIDA…` or `AROA…`. */
  readonly id: string;
  readonly policies: Map<string, PolicyDocument>;
  /** ARNs of those who may assume it; a role only. */
  readonly trusts: ReadonlySet<string>;
};

/** The account's users, roles and keys. */
export type Iam = {
  /** By ARN. */
  readonly entities: Map<string, IamEntity>;
  /** By access key ID. */
  readonly keys: Map<string, AccessKey>;
};

export function createIam(): Iam {
  return { entities: new Map(), keys: new Map() };
}

type NewEntity = {
  readonly kind: IamEntity['kind'];
  readonly name: string;
  readonly policies: ReadonlyMap<string, PolicyDocument>;
  readonly trusts?: readonly string[];
};

export function addEntity(iam: Iam, { kind, name, policies, trusts = [] }: NewEntity): IamEntity {
  const entity: IamEntity = {
    kind,
    name,
    arn: iamArn(`${kind}/${name}`),
    id: `${kind === 'user' ? 'AIDA' : 'AROA'}${upperAlphanumerics(17)}`,
    policies: new Map(policies),
    trusts: new Set(trusts),
  };
  iam.entities.set(entity.arn, entity);
  return entity;
}

export function addKey(iam: Iam, key: AccessKey): AccessKey {
  iam.keys.set(key.accessKeyId, key);
  return key;
}
