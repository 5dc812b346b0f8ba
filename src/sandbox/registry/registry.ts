import * as z from 'zod';
import type { PolicyDocument } from '../policy/document.ts';
import { createLinks, type Links } from './links.ts';
import { asOf, type Timeline } from './timeline.ts';

/** A name of a thing or a thing group (SDK): narrower than a client ID, so not every client can have a thing named like it. */
export const thingName = z
  .string()
  .max(128)
  .regex(/^[a-zA-Z0-9:_-]+$/u, 'not a name that a thing or a group can have');

/** The control plane's memory. Every key may be chosen by a stranger, hence maps and sets only. */
export type Registry = {
  readonly certificates: Map<string, Certificate>;
  readonly policies: Map<string, Policy>;
  readonly things: Map<string, Thing>;
  readonly groups: Map<string, ThingGroup>;
  /** Target (certificate or group ARN, Cognito identity ID) to the names of the policies attached to it. */
  readonly policiesOf: Links;
  /** Principal's ARN to the names of its things. */
  readonly thingsOf: Links;
  /** Principals whose one thing is theirs alone (ListPrincipalThingsV2, `EXCLUSIVE_THING`). */
  readonly exclusive: Set<string>;
  /** Thing name to the names of the groups that it is in. */
  readonly groupsOf: Links;
  logging: LoggingOptions | undefined;
  readonly rules: Map<string, TopicRule>;
};

/** A rule that puts what it makes of events into tables. */
export type TopicRule = {
  readonly name: string;
  readonly sql: string;
  /** The topic filter of its FROM. */
  readonly filter: string;
  /** The names of its tables. */
  readonly tables: readonly string[];
  readonly createdAt: number;
};

export type CertificateStatus = 'ACTIVE' | 'INACTIVE' | 'REVOKED' | 'PENDING_ACTIVATION';

export type Certificate = {
  readonly certificateId: string;
  readonly arn: string;
  readonly pem: string;
  readonly status: Timeline<CertificateStatus>;
  /** Set where it was registered with its CA. */
  readonly caCertificateId?: string | undefined;
  /** `DEFAULT` without it. */
  readonly mode?: 'DEFAULT' | 'SNI_ONLY' | undefined;
};

export type PolicyVersion = {
  readonly id: string;
  /** As it was given. */
  readonly text: string;
  readonly document: PolicyDocument;
  readonly createdAt: number;
};

export type Policy = {
  readonly name: string;
  readonly arn: string;
  /** Oldest first. */
  readonly versions: readonly PolicyVersion[];
  /** The version in force. */
  readonly default: Timeline<PolicyVersion>;
  readonly createdAt: number;
  /** Numbers are never given twice. */
  readonly lastVersion: number;
};

export type Thing = {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly typeName?: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly version: number;
};

export type ThingGroup = {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly parent?: string | undefined;
  readonly description?: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly createdAt: number;
};

/** What is logged, and where to. (SDK, SetV2LoggingOptions) */
export type LoggingOptions = {
  readonly roleArn?: string | undefined;
  readonly defaultLogLevel?: string | undefined;
  readonly disableAllLogs?: boolean | undefined;
  readonly eventConfigurations?:
    | readonly {
        readonly eventType: string;
        readonly logLevel?: string | undefined;
        readonly logDestination?: string | undefined;
      }[]
    | undefined;
};

export function createRegistry(): Registry {
  return {
    certificates: new Map(),
    policies: new Map(),
    things: new Map(),
    groups: new Map(),
    policiesOf: createLinks({ firstAtOnce: true }),
    thingsOf: createLinks({ firstAtOnce: true }),
    exclusive: new Set(),
    groupsOf: createLinks({ firstAtOnce: false }),
    logging: undefined,
    rules: new Map(),
  };
}

/** Whether a certificate may be used, as seen at a moment. One that is not registered may not. */
export function isActive(certificate: Certificate | undefined, moment: number): boolean {
  return certificate !== undefined && asOf(certificate.status, moment) === 'ACTIVE';
}

/** The certificate of an ARN, where it is registered here. */
export function certificateByArn({ certificates }: Registry, arn: string): Certificate | undefined {
  const certificate = certificates.get(arn.slice(arn.lastIndexOf('/') + 1));
  return certificate?.arn === arn ? certificate : undefined;
}

/** The thing group of an ARN, where there is one. */
export function groupByArn({ groups }: Registry, arn: string): ThingGroup | undefined {
  const group = groups.get(arn.slice(arn.lastIndexOf('/') + 1));
  return group?.arn === arn ? group : undefined;
}

/** `region:uuid`, as Cognito names an identity: a policy can be attached to it, though it is registered nowhere here. */
export function isCognitoIdentity(target: string): boolean {
  return /^[a-z0-9-]+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u.test(target);
}

/** A group and all that it is in, nearest first: a child has what is attached to its parents. (Developer Guide, "Static thing groups") */
export function withParents({ groups }: Registry, name: string): ThingGroup[] {
  const chain: ThingGroup[] = [];
  let group = groups.get(name);
  while (group !== undefined) {
    chain.push(group);
    group = group.parent === undefined ? undefined : groups.get(group.parent);
  }
  return chain;
}
