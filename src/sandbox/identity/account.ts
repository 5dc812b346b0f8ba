/** The one account and region that the sandbox plays; the number is AWS's own documentation account. */
export const ACCOUNT_ID = '123456789012';
export const REGION = 'us-east-1';

export function certificateArn(certificateId: string): string {
  return iotArn(`cert/${certificateId}`);
}

export function policyArn(policyName: string): string {
  return iotArn(`policy/${policyName}`);
}

export function thingArn(thingName: string): string {
  return iotArn(`thing/${thingName}`);
}

export function groupArn(groupName: string): string {
  return iotArn(`thinggroup/${groupName}`);
}

export function clientArn(clientId: string): string {
  return iotArn(`client/${clientId}`);
}

export function ruleArn(ruleName: string): string {
  return iotArn(`rule/${ruleName}`);
}

export function topicArn(topic: string): string {
  return iotArn(`topic/${topic}`);
}

export function topicFilterArn(filter: string): string {
  return iotArn(`topicfilter/${filter}`);
}

export function iamArn(resource: string): string {
  return `arn:aws:iam::${ACCOUNT_ID}:${resource}`;
}

/** As IAM has it for FilterLogEvents: the group, and any of its streams. */
export function logGroupArn(group: string): string {
  return `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:${group}:log-stream:`;
}

function iotArn(resource: string): string {
  return `arn:aws:iot:${REGION}:${ACCOUNT_ID}:${resource}`;
}
