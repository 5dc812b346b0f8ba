import {
  AddThingToThingGroupCommand,
  AttachThingPrincipalCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
} from '@aws-sdk/client-iot';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { aCaller } from '../sandbox/a-caller.ts';
import { ALLOW_ALL, attachNewPolicy, type IssuedIdentity } from '../sandbox/a-device.ts';
import type { TestSandbox } from '../sandbox/a-sandbox.ts';

/** Makes a thing of the name, and the certificate its principal. */
export async function aThing(
  { iot }: TestSandbox,
  thingName: string,
  { arn }: IssuedIdentity,
): Promise<void> {
  await iot.send(new CreateThingCommand({ thingName }));
  await iot.send(new AttachThingPrincipalCommand({ thingName, principal: arn }));
}

/** Puts the thing into a group of its own with a policy of its own; returns the name of the policy. */
export async function aGroupPolicy(sandbox: TestSandbox, thingName: string, policy: object): Promise<string> {
  const thingGroupName = `group-of-${thingName}`;
  const { thingGroupArn: target = '' } = await sandbox.iot.send(
    new CreateThingGroupCommand({ thingGroupName }),
  );
  await sandbox.iot.send(new AddThingToThingGroupCommand({ thingGroupName, thingName }));
  return attachNewPolicy(sandbox, { target, policy });
}

/** A policy that allows one action on everything. */
export function allowing(action: string): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] };
}

/** A Cognito identity's client, connected, and a file with its `connected` event. */
export type CognitoClient = AsyncDisposable & {
  readonly clientId: string;
  readonly identityId: string;
  readonly policyName: string;
  readonly events: string;
  /** Resolves when it is dropped. */
  readonly closed: Promise<void>;
  /** Connects once more; `connected`, or why not. */
  again(): Promise<string>;
};

export async function aCognitoClient(
  sandbox: TestSandbox,
  { clientId, profile }: { readonly clientId: string; readonly profile: string },
): Promise<CognitoClient> {
  const identityId = await cognitoIdentityOf(sandbox, profile);
  const policyName = await attachNewPolicy(sandbox, { target: identityId, policy: ALLOW_ALL });
  const caller = await aCaller(sandbox, profile);
  const device = await caller.connect({ clientId });
  device.client.on('error', () => {});
  if ((await device.outcome) !== 'connected') throw new Error(`${clientId} could not connect`);
  const event = await sandbox.untilEvent((one) => one.clientId === clientId);
  const events = join(sandbox.directory, `${clientId}.jsonl`);
  await writeFile(events, `${JSON.stringify(event)}\n`);
  return {
    clientId,
    identityId,
    policyName,
    events,
    closed: device.closed,
    again: async () => {
      await using another = await caller.connect({ clientId });
      return await another.outcome;
    },
    [Symbol.asyncDispose]: async () => {
      await device[Symbol.asyncDispose]();
      caller[Symbol.dispose]();
    },
  };
}

/** As `aws configure get cognito_identity_id --profile …` prints it. */
async function cognitoIdentityOf(sandbox: TestSandbox, profile: string): Promise<string> {
  const [, section = ''] = (await sandbox.file('aws/config')).split(`[profile ${profile}]`);
  return /^cognito_identity_id = (.+)$/mu.exec(section.split('[')[0] ?? '')?.[1] ?? '';
}
