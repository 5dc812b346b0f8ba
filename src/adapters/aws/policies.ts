import {
  AttachPolicyCommand,
  DetachPolicyCommand,
  GetEffectivePoliciesCommand,
  TestAuthorizationCommand,
  paginateListAttachedPolicies,
} from '@aws-sdk/client-iot';
import type { IoTClient } from '@aws-sdk/client-iot';
import type { Change } from '../../domain/change.ts';
import { ATTACHED, DETACHED } from '../../domain/change.ts';
import type { ConnectQuestion, EffectiveFor, EffectivePolicy } from '../../domain/cloud-ports.ts';

type Attachment = Extract<Change, { kind: 'policy-attachment' }>;
type Options = { readonly abortSignal: AbortSignal };

/** Names of all policies attached to a certificate, a thing group or a Cognito identity. */
export async function listAttached(client: IoTClient, target: string, options: Options): Promise<string[]> {
  const names: string[] = [];
  for await (const page of paginateListAttachedPolicies({ client }, { target }, options))
    for (const { policyName } of page.policies ?? []) if (policyName !== undefined) names.push(policyName);
  return names;
}

/** DetachPolicy succeeds for what was never attached: only the list tells. */
export async function attachmentState(
  client: IoTClient,
  { target, policyName }: Attachment,
  options: Options,
): Promise<string> {
  return (await listAttached(client, target, options)).includes(policyName) ? ATTACHED : DETACHED;
}

export async function changeAttachment(
  client: IoTClient,
  { target, policyName, after }: Attachment,
  options: Options,
): Promise<{ readonly requestId?: string | undefined }> {
  const about = { target, policyName };
  const { $metadata } =
    after === ATTACHED
      ? await client.send(new AttachPolicyCommand(about), options)
      : await client.send(new DetachPolicyCommand(about), options);
  return { requestId: $metadata.requestId };
}

/** The policies in force for a principal, those of its thing's groups included. */
export async function readEffective(
  client: IoTClient,
  { principalArn, thingName }: EffectiveFor,
  options: Options,
): Promise<EffectivePolicy[]> {
  const command = new GetEffectivePoliciesCommand({ principal: principalArn, thingName });
  const { effectivePolicies = [] } = await client.send(command, options);
  return effectivePolicies.map(({ policyName = '', policyDocument = '' }) => ({
    name: policyName,
    document: policyDocument,
  }));
}

/** AWS's own evaluation of iot:Connect on the client, as if the policies were detached already. */
export async function askMayConnect(
  client: IoTClient,
  { principalArn, clientId, without }: ConnectQuestion,
  options: Options,
): Promise<boolean> {
  const command = new TestAuthorizationCommand({
    principal: principalArn,
    clientId,
    authInfos: [{ actionType: 'CONNECT', resources: [clientArn(principalArn, clientId)] }],
    policyNamesToSkip: [...without],
  });
  const { authResults = [] } = await client.send(command, options);
  return authResults.some(({ authDecision }) => authDecision === 'ALLOWED');
}

/** `arn:aws:iot:eu-west-1:123456789012:cert/…` → `arn:aws:iot:eu-west-1:123456789012:client/…`. */
function clientArn(principalArn: string, clientId: string): string {
  return `${principalArn.split(':').slice(0, 5).join(':')}:client/${clientId}`;
}
