import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';

let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const FORGED_SECRET = 'x'.repeat(40);

/** What the control plane says to a client that is somehow not right. */
const refusalOf = async (settings: object) => {
  const { controlUrl: endpoint, accessKey: credentials } = sandbox;
  const client = new IoTClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1, ...settings });
  const asked = client.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }));
  return expect(asked).rejects;
};

describe('1.1 SigV4 on every request', () => {
  it('1.1.2 refuses a key that it does not know', async () => {
    const credentials = { ...sandbox.accessKey, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
    await (
      await refusalOf({ credentials })
    ).toMatchObject({
      name: 'UnrecognizedClientException',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('1.1.3 refuses a signature made with another secret', async () => {
    const credentials = { ...sandbox.accessKey, secretAccessKey: FORGED_SECRET };
    await (
      await refusalOf({ credentials })
    ).toMatchObject({
      name: 'InvalidSignatureException',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('1.1.2 refuses a session token that the key does not have', async () => {
    const credentials = { ...sandbox.accessKey, sessionToken: 'stolen' };
    await (await refusalOf({ credentials })).toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('1.1.3 refuses a signature for another region', async () => {
    await (await refusalOf({ region: 'eu-west-1' })).toMatchObject({ name: 'InvalidSignatureException' });
  });

  it.each([
    ['behind', -6],
    ['ahead', 6],
  ])('1.1.4 refuses a clock six minutes %s', async (_, minutes) => {
    const systemClockOffset = minutes * 60_000;
    await (
      await refusalOf({ systemClockOffset })
    ).toMatchObject({ name: 'InvalidSignatureException', $metadata: { httpStatusCode: 403 } });
  });

  it('1.1.1 refuses a request without a signature', async () => {
    const response = await fetch(`${sandbox.controlUrl}/endpoint?endpointType=iot:Data-ATS`);
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    // The SDK sets its clock by this one.
    expect(Math.abs(Date.parse(response.headers.get('date') ?? '') - Date.now())).toBeLessThan(2000);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/u);
    await expect(response.json()).resolves.toEqual({ message: 'Missing Authentication Token' });
  });

  it('1.1.5 takes a signed request as it is, and no other', async () => {
    const signed = await aSignedRequest();
    const { headers } = signed;
    expect(await statusOf(signed)).toBe(200);
    expect(await statusOf({ ...signed, path: '/endpoints' })).toBe(403);
    expect(await statusOf({ ...signed, query: 'endpointType=iot%3AJobs' })).toBe(403);
    expect(await statusOf({ ...signed, headers: { ...headers, 'x-amzn-principal': 'unsigned' } })).toBe(403);
    expect(await statusOf({ ...signed, method: 'POST' })).toBe(403);
  });
});

type SignedRequest = { method: string; path: string; query: string; headers: Record<string, string> };

/** What the SDK would have sent. */
async function aSignedRequest(): Promise<SignedRequest> {
  const { controlUrl: endpoint, accessKey: credentials } = sandbox;
  const client = new IoTClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  const caught = new Promise<unknown>((resolve) => {
    client.middlewareStack.add(
      () => (args) => {
        resolve(args.request);
        throw new Error('caught on its way');
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
  });
  await expect(client.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }))).rejects.toThrow();
  const shape = z.object({ method: z.string(), path: z.string(), headers: z.record(z.string(), z.string()) });
  return { ...shape.parse(await caught), query: 'endpointType=iot%3AData-ATS' };
}

async function statusOf({ method, path, query, headers }: SignedRequest): Promise<number> {
  return (await fetch(`${sandbox.controlUrl}${path}?${query}`, { method, headers })).status;
}

describe('1.2 STS', () => {
  it('1.2.1 says who the caller is', async () => {
    const caller = await sandbox.sts.send(new GetCallerIdentityCommand({}));
    expect(caller).toMatchObject({
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:user/administrator',
      UserId: expect.stringMatching(/^AIDA[A-Z0-9]{17}$/u),
    });
  });

  it.each([
    ['InvalidClientTokenId', { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }],
    ['SignatureDoesNotMatch', { secretAccessKey: FORGED_SECRET }],
  ])('1.2.2 answers %s in its own words', async (name, wrong) => {
    const credentials = { ...sandbox.accessKey, ...wrong };
    const { controlUrl: endpoint } = sandbox;
    const sts = new STSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('1.2.3 names an action that it does not have', async () => {
    await expect(sandbox.sts.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
      name: 'InvalidAction',
    });
  });
});
