import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  DescribeCertificateCommand,
  DescribeEndpointCommand,
  DescribeThingCommand,
  ListAttachedPoliciesCommand,
  ListPrincipalThingsCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, X509Certificate } from 'node:crypto';
import { type IssuedIdentity, anIdentity } from './a-device.ts';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';

let sandbox: TestSandbox;
let device: IssuedIdentity;
const NOBODY = '0'.repeat(64);

beforeAll(async () => {
  sandbox = await aSandbox();
  device = await anIdentity(sandbox);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const describeCertificate = async (certificateId: string) => {
  const answer = await sandbox.iot.send(new DescribeCertificateCommand({ certificateId }));
  return answer.certificateDescription;
};
const setStatus = (
  certificateId: string,
  newStatus: 'ACTIVE' | 'INACTIVE' | 'REVOKED' | 'PENDING_TRANSFER',
) => sandbox.iot.send(new UpdateCertificateCommand({ certificateId, newStatus }));

const createPolicy = (policyName: string, policyDocument: string) =>
  sandbox.iot.send(new CreatePolicyCommand({ policyName, policyDocument }));

describe('2.1 certificates', () => {
  it('has the SHA-256 of the DER as certificate ID', () => {
    const der = new X509Certificate(device.cert).raw;
    expect(device.certificateId).toBe(createHash('sha256').update(der).digest('hex'));
  });

  it('describes a certificate as it was issued', async () => {
    const described = await describeCertificate(device.certificateId);
    expect(described).toMatchObject({
      certificateId: device.certificateId,
      certificateArn: `arn:aws:iot:us-east-1:123456789012:cert/${device.certificateId}`,
      certificatePem: device.cert,
      status: 'ACTIVE',
      ownedBy: '123456789012',
    });
    expect(Math.abs(Date.now() - (described?.creationDate?.getTime() ?? 0))).toBeLessThan(60_000);
  });

  it('issues an inactive certificate unless asked to activate it', async () => {
    const { certificateId = '' } = await sandbox.iot.send(new CreateKeysAndCertificateCommand({}));
    expect((await describeCertificate(certificateId))?.status).toBe('INACTIVE');
  });

  it('deactivates and activates, any number of times', async () => {
    const { certificateId } = await anIdentity(sandbox);
    await setStatus(certificateId, 'INACTIVE');
    await setStatus(certificateId, 'INACTIVE');
    expect((await describeCertificate(certificateId))?.status).toBe('INACTIVE');
    await setStatus(certificateId, 'ACTIVE');
    expect((await describeCertificate(certificateId))?.status).toBe('ACTIVE');
  });

  it('never lets a revoked certificate change again', async () => {
    const { certificateId } = await anIdentity(sandbox);
    await setStatus(certificateId, 'REVOKED');
    await expect(setStatus(certificateId, 'ACTIVE')).rejects.toMatchObject({
      name: 'CertificateStateException',
      $metadata: { httpStatusCode: 406 },
    });
    await expect(setStatus(certificateId, 'REVOKED')).resolves.toBeDefined();
  });

  it('refuses statuses that cannot be set', async () => {
    await expect(setStatus(device.certificateId, 'PENDING_TRANSFER')).rejects.toMatchObject({
      name: 'InvalidRequestException',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe('2.2 errors', () => {
  it('answers 404 for a certificate that is not there', async () => {
    await expect(describeCertificate(NOBODY)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `certificate ${NOBODY} does not exist`,
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('answers 400 for what does not fit the shape of the operation', async () => {
    await expect(describeCertificate('not-hex')).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it('names an operation that it does not have', async () => {
    await expect(sandbox.iot.send(new DescribeThingCommand({ thingName: 'pump' }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });

  it('refuses a body that is too large', async () => {
    await expect(createPolicy('large', 'x'.repeat(100_000))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 413 },
    });
  });
});

describe('2.3 things and policies', () => {
  it('lists what is attached, page by page', async () => {
    const names = Array.from({ length: 5 }, (_, index) => `pump-${index}`);
    for (const thingName of names) {
      await sandbox.iot.send(new CreateThingCommand({ thingName }));
      await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal: device.arn }));
    }
    const listed: string[] = [];
    let nextToken: string | undefined;
    do {
      const command = new ListPrincipalThingsCommand({ principal: device.arn, maxResults: 2, nextToken });
      const answer = await sandbox.iot.send(command);
      expect(answer.things?.length).toBeLessThanOrEqual(2);
      listed.push(...(answer.things ?? []));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    expect(listed).toEqual(names);
  });

  it('lists the policies of a certificate by its ARN, which is one path label', async () => {
    for (const policyName of ['one', 'two']) {
      await createPolicy(policyName, '{}');
      await sandbox.iot.send(new AttachPolicyCommand({ policyName, target: device.arn }));
    }
    const first = await sandbox.iot.send(
      new ListAttachedPoliciesCommand({ target: device.arn, pageSize: 1 }),
    );
    expect(first.policies).toEqual([
      { policyName: 'one', policyArn: 'arn:aws:iot:us-east-1:123456789012:policy/one' },
    ]);
    const { nextMarker: marker } = first;
    const second = await sandbox.iot.send(new ListAttachedPoliciesCommand({ target: device.arn, marker }));
    expect(second.policies?.map(({ policyName }) => policyName)).toEqual(['two']);
    expect(second.nextMarker).toBeUndefined();
  });

  it('refuses to attach what is not there, or to what is not there', async () => {
    const nowhere = device.arn.replace(device.certificateId, NOBODY);
    for (const [policyName, target] of [
      ['absent', device.arn],
      ['one', nowhere],
    ]) {
      const command = new AttachPolicyCommand({ policyName, target });
      await expect(sandbox.iot.send(command)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }
  });

  it('refuses a policy that exists, and one that is not JSON', async () => {
    await expect(createPolicy('one', '{}')).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
    await expect(createPolicy('broken', '{')).rejects.toMatchObject({ name: 'MalformedPolicyException' });
  });

  it('keeps names apart that an object would confuse with its own', async () => {
    const { thingArn } = await sandbox.iot.send(new CreateThingCommand({ thingName: '__proto__' }));
    expect(thingArn).toBe('arn:aws:iot:us-east-1:123456789012:thing/__proto__');
  });
});

describe('2.4 endpoint', () => {
  it('names the WebSocket port as the data endpoint', async () => {
    const command = new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' });
    const { endpointAddress } = await sandbox.iot.send(command);
    expect(endpointAddress).toBe(new URL(sandbox.wssUrl).host);
  });
});
