import { randomUUID } from 'node:crypto';
import { parsePolicyDocument, type PolicyDocument } from '../policy/document.ts';
import { type AccessKey, issueSessionKey, issueUserKey } from './access-key.ts';
import { REGION } from './account.ts';
import { addEntity, addKey, createIam, type Iam, type IamEntity } from './iam.ts';
import type { PolicyFiles } from './policy-files.ts';

/** Somebody in the account, under the name of a profile of the AWS CLI and SDK. */
export type Profile =
  | { readonly name: string; readonly key: AccessKey }
  | { readonly name: string; readonly role: IamEntity; readonly source: string };

/** Who lives in the sandbox's account, and by which profiles they are known. */
export type Residents = { readonly iam: Iam; readonly profiles: readonly Profile[] };

const YEAR_S = 365 * 86_400;

/**
 * The account's administrator (`default`), one user and one role for each way of working, with exactly the policy that this
 * tool ships for it, and two authenticated identities of an Amazon Cognito pool, which share one role.
 */
export function settle(files: PolicyFiles, now: number): Residents {
  const iam = createIam();
  const administrator = addUser(iam, { name: 'administrator', document: everything(), now });
  const profiles: Profile[] = [{ name: 'default', key: administrator }];
  const ways = [
    { name: 'responder', document: files.respond.document },
    { name: 'auditor', document: files.audit.document },
    { name: 'watcher', document: files.watch.document },
  ];
  for (const { name, document } of ways) {
    const key = addUser(iam, { name, document, now });
    const trusts = [key.entity.arn, administrator.entity.arn];
    const role = addEntity(iam, { kind: 'role', name, policies: new Map([[name, document]]), trusts });
    profiles.push({ name, key }, { name: `${name}-role`, role, source: name });
  }
  return { iam, profiles: [...profiles, ...cognitoProfiles(iam, now)] };
}

type NewUser = { readonly name: string; readonly document: PolicyDocument; readonly now: number };

function addUser(iam: Iam, { name, document, now }: NewUser): AccessKey {
  const user = addEntity(iam, { kind: 'user', name, policies: new Map([[name, document]]) });
  return addKey(iam, issueUserKey(user, now));
}

/** As AWS's `AdministratorAccess`. For a Cognito role too: what the identity may do, its IoT policy narrows down. */
function everything(): PolicyDocument {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*' };
  const parsed = parsePolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

/** Cognito names every session of its role alike, so presence events cannot tell its identities apart (LE, seen). */
function cognitoProfiles(iam: Iam, issuedAt: number): Profile[] {
  const policies = new Map([['app', everything()]]);
  const role = addEntity(iam, { kind: 'role', name: 'app', policies });
  return ['cognito-1', 'cognito-2'].map((name) => ({
    name,
    key: addKey(
      iam,
      issueSessionKey(role, {
        name: 'CognitoIdentityCredentials',
        issuedAt,
        seconds: YEAR_S,
        cognitoIdentityId: `${REGION}:${randomUUID()}`,
      }),
    ),
  }));
}
