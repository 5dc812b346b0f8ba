import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreatePolicyCommand,
  CreateThingCommand,
} from '@aws-sdk/client-iot';
import { ControlPlane } from '../../../src/adapters/aws/control-plane.ts';
import type { AwsOptions as ControlPlaneOptions } from '../../../src/adapters/aws/credentials.ts';
import { inverseOf } from '../../../src/domain/change.ts';
import type { Change } from '../../../src/domain/change.ts';
import { aGroupPolicy, allowing, aThing } from '../../e2e/a-registry.ts';
import { aSandbox } from '../../sandbox/a-sandbox.ts';
import type { TestSandbox } from '../../sandbox/a-sandbox.ts';
import { ALLOW_ALL, anIdentity, attachNewPolicy } from '../../sandbox/a-device.ts';

let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(10_000);

function aControlPlane(options: Partial<ControlPlaneOptions> = {}): ControlPlane {
  return new ControlPlane({
    region: 'us-east-1',
    endpointUrl: sandbox.controlUrl,
    credentialsFile: join(sandbox.directory, 'aws/credentials'),
    configFile: join(sandbox.directory, 'aws/config'),
    toolVersion: 'test',
    ...options,
  });
}

/** An HTTP server on loopback that is not AWS. */
async function aServer(answer: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Says of every question that this is the endpoint, and remembers the questions. */
async function anEndpoint(endpointAddress: string) {
  const asked: string[] = [];
  const server = await aServer(({ url = '' }, response) => {
    asked.push(url);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ endpointAddress }));
  });
  return { ...server, asked };
}

function deactivation(certificateId: string, arn: string) {
  return {
    kind: 'certificate-status',
    step: 'deactivate',
    target: arn,
    certificateId,
    before: 'ACTIVE',
    after: 'INACTIVE',
  } as const satisfies Change;
}

describe('the control plane', () => {
  it('says who asks, and how far its clock is from ours', async () => {
    using cloud = aControlPlane();
    expect(await cloud.caller(soon())).toMatchObject({
      account: '123456789012',
      principal: expect.stringMatching(/^AIDA/u),
    });
    expect(Math.abs(cloud.clockSkewMs() ?? Infinity)).toBeLessThan(5_000);
  });

  it('asks once who asks, but again after a refusal', async () => {
    const statuses = [403, 200];
    const answer = '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>';
    let asked = 0;
    await using server = await aServer((_request, response) => {
      response.writeHead(statuses[asked++] ?? 500, { 'content-type': 'text/xml' });
      response.end(`${answer}</GetCallerIdentityResult></GetCallerIdentityResponse>`);
    });
    using cloud = aControlPlane({ endpointUrl: server.url });
    await expect(cloud.caller(soon())).rejects.toMatchObject({ source: 'cloud' });
    for (let time = 0; time < 2; time += 1)
      expect(await cloud.caller(soon())).toMatchObject({ account: '1' });
    expect(asked).toBe(2);
  });

  it('changes a certificate and reads back what it is', async () => {
    using cloud = aControlPlane();
    const { certificateId, arn } = await anIdentity(sandbox);
    const change = deactivation(certificateId, arn);
    expect(await cloud.stateOf(change, soon())).toBe('ACTIVE');
    expect((await cloud.apply(change, soon())).requestId).toBeTruthy();
    expect(await cloud.stateOf(change, soon())).toBe('INACTIVE');
    await cloud.apply({ ...change, step: 'activate', after: 'ACTIVE' }, soon());
    expect(await cloud.certificate(certificateId, soon())).toEqual({ certificateId, arn, status: 'ACTIVE' });
  });

  it('says where the account’s clients connect, and asks for that once', async () => {
    await using server = await anEndpoint('localhost:8443');
    using cloud = aControlPlane({ endpointUrl: server.url });
    for (let time = 0; time < 2; time += 1)
      expect(await cloud.mqttEndpoint(soon())).toBe('wss://localhost:8443/mqtt');
    expect(server.asked).toEqual(['/endpoint?endpointType=iot%3AData-ATS']);
    using real = aControlPlane();
    expect(await real.mqttEndpoint(soon())).toBe(sandbox.wssUrl);
  });

  it.each(['', 'not a host', 'host/path', 'host?query', 'user@host', 'host:123456', 'host:99999'])(
    'does not take "%s" for an endpoint',
    async (address) => {
      await using server = await anEndpoint(address);
      using cloud = aControlPlane({ endpointUrl: server.url });
      await expect(cloud.mqttEndpoint(soon())).rejects.toMatchObject({
        code: 'service-failed',
        message: `DescribeEndpoint answered "${address}", which is no host`,
        hint: expect.stringContaining('--mqtt-url'),
      });
    },
  );

  it('does not know a certificate of another account', async () => {
    using cloud = aControlPlane();
    expect(await cloud.certificate('0'.repeat(64), soon())).toBeUndefined();
  });

  it('names every thing and policy of a certificate, over all pages', async () => {
    using cloud = aControlPlane();
    const { arn } = await anIdentity(sandbox, { policy: null });
    const names = Array.from({ length: 30 }, (_, index) => `t-${index}`);
    for (const thingName of names) {
      await sandbox.iot.send(new CreateThingCommand({ thingName }));
      await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal: arn }));
    }
    await sandbox.iot.send(
      new CreatePolicyCommand({ policyName: 'p', policyDocument: JSON.stringify(ALLOW_ALL) }),
    );
    await sandbox.iot.send(new AttachPolicyCommand({ policyName: 'p', target: arn }));
    expect((await cloud.thingsOf(arn, soon())).toSorted()).toEqual(names.toSorted());
    expect(await cloud.policiesOn(arn, soon())).toEqual(['p']);
  });
});

describe('the policies of a certificate', () => {
  const attachment = (policyName: string, target: string) =>
    ({
      kind: 'policy-attachment',
      step: 'detach',
      target,
      policyName,
      before: 'attached',
      after: 'detached',
    }) as const satisfies Change;

  it('are detached and attached again, and read back from the list', async () => {
    using cloud = aControlPlane();
    const { arn } = await anIdentity(sandbox);
    const [name = ''] = await cloud.policiesOn(arn, soon());
    const change = attachment(name, arn);
    expect(await cloud.stateOf(change, soon())).toBe('attached');
    expect((await cloud.apply(change, soon())).requestId).toBeTruthy();
    expect(await cloud.stateOf(change, soon())).toBe('detached');
    expect(await cloud.policiesOn(arn, soon())).toEqual([]);
    await cloud.apply(inverseOf(change), soon());
    expect(await cloud.stateOf(change, soon())).toBe('attached');
  });

  it('that were never attached are detached already, and those that are not there cannot be attached', async () => {
    using cloud = aControlPlane();
    const { arn } = await anIdentity(sandbox);
    const change = attachment('no-such-policy', arn);
    expect(await cloud.stateOf(change, soon())).toBe('detached');
    await cloud.apply(change, soon());
    await expect(cloud.apply(inverseOf(change), soon())).rejects.toMatchObject({
      code: 'service-refused',
      message: expect.stringContaining('AttachPolicy'),
    });
  });

  it('of a Cognito identity are read and changed the same way', async () => {
    using cloud = aControlPlane();
    const identityId = 'us-east-1:01234567-89ab-cdef-0123-456789abcdef';
    const name = await attachNewPolicy(sandbox, { target: identityId, policy: ALLOW_ALL });
    expect(await cloud.policiesOn(identityId, soon())).toEqual([name]);
    await cloud.apply(attachment(name, identityId), soon());
    expect(await cloud.policiesOn(identityId, soon())).toEqual([]);
  });

  it('come with their documents, those of its thing’s groups included, which are told apart by the thing', async () => {
    using cloud = aControlPlane();
    const identity = await anIdentity(sandbox);
    await aThing(sandbox, 'grouped', identity);
    const group = await aGroupPolicy(sandbox, 'grouped', allowing('iot:Publish'));
    const [own = ''] = await cloud.policiesOn(identity.arn, soon());
    const subject = { principalArn: identity.arn, thingName: 'grouped' };
    const found = await cloud.effectivePolicies(subject, soon());
    expect(found.map(({ name }) => name).toSorted(byText)).toEqual([own, group].toSorted(byText));
    expect(found.find(({ name }) => name === group)?.document).toContain('iot:Publish');
    const ofGroups = await cloud.effectivePolicies({ thingName: 'grouped' }, soon());
    expect(ofGroups.map(({ name }) => name)).toEqual([group]);
  });

  it('say whether a client could still connect without some of them', async () => {
    using cloud = aControlPlane();
    const { arn: principalArn } = await anIdentity(sandbox);
    const [own = ''] = await cloud.policiesOn(principalArn, soon());
    const question = { principalArn, clientId: 'x' };
    expect(await cloud.mayConnect({ ...question, without: [] }, soon())).toBe(true);
    expect(await cloud.mayConnect({ ...question, without: [own] }, soon())).toBe(false);
  });
});

function byText(one: string, two: string): number {
  return one < two ? -1 : 1;
}

describe('what the control plane cannot do has a code, names the place and says what next:', () => {
  const failing = async (options: Partial<ControlPlaneOptions>, signal = soon()) => {
    using cloud = aControlPlane(options);
    return await cloud.certificate('a'.repeat(64), signal);
  };

  it('nobody listens', async () => {
    const { url } = await aServer(() => undefined).then(async (server) => {
      await server[Symbol.asyncDispose]();
      return server;
    });
    await expect(failing({ endpointUrl: url })).rejects.toMatchObject({
      code: 'endpoint-unreachable',
      message: expect.stringContaining(url),
      hint: expect.stringContaining('--endpoint-url'),
    });
  });

  it('a server that is not AWS', async () => {
    await using server = await aServer((_, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>no</html>'),
    );
    await expect(failing({ endpointUrl: server.url })).rejects.toMatchObject({
      code: 'service-failed',
      message: expect.stringMatching(/HTTP 404\) is not one of AWS IoT$/u),
    });
  });

  it('a server that never answers', async () => {
    await using server = await aServer(() => undefined);
    await expect(failing({ endpointUrl: server.url }, AbortSignal.timeout(200))).rejects.toMatchObject({
      code: 'timed-out',
    });
  });

  it('credentials that nobody knows', async () => {
    const { writeFile } = await import('node:fs/promises');
    const credentialsFile = join(sandbox.directory, 'strange-credentials');
    await writeFile(
      credentialsFile,
      '[default]\naws_access_key_id = AKIAUNKNOWN\naws_secret_access_key = wrong\n',
    );
    await expect(failing({ credentialsFile })).rejects.toMatchObject({ code: 'access-denied' });
  });

  it('no credentials at all', async () => {
    await expect(
      failing({ credentialsFile: '/no/such/file', configFile: '/no/such/file' }),
    ).rejects.toMatchObject({
      code: 'credentials-missing',
    });
  });

  it('a server that is out of order', async () => {
    await using server = await aServer((_, response) => response.writeHead(503).end('{}'));
    await expect(failing({ endpointUrl: server.url })).rejects.toMatchObject({ code: 'service-failed' });
  });
});
