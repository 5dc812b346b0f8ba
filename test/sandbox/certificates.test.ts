import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  DetachThingPrincipalCommand,
  ListCertificatesCommand,
  ListTargetsForPolicyCommand,
  RegisterCertificateCommand,
  RegisterCertificateWithoutCACommand,
  UpdateCertificateCommand,
  type CertificateStatus,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import { ALLOW_ALL, anIdentity, attachNewPolicy, type IssuedIdentity } from './a-device.ts';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';
import { allPages } from './all-pages.ts';
import { anError, BAD_REQUEST, DELETE_CONFLICT, EXISTS, NOT_FOUND } from './an-error.ts';

let sandbox: TestSandbox;
let device: IssuedIdentity;
const NOBODY = '0'.repeat(64);
const STATE = anError('CertificateStateException', 406);
const INVALID = anError('CertificateValidationException', 400);
const [EC, RSA] = [
  { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
];

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
const statusOf = async (certificateId: string) => (await describeCertificate(certificateId))?.status;
const setStatus = (certificateId: string, newStatus: CertificateStatus) =>
  sandbox.iot.send(new UpdateCertificateCommand({ certificateId, newStatus }));
const remove = (certificateId: string, forceDelete?: boolean) =>
  sandbox.iot.send(new DeleteCertificateCommand({ certificateId, forceDelete }));
const register = (
  certificatePem: string,
  more: { caCertificatePem?: string; status?: CertificateStatus } = {},
) => sandbox.iot.send(new RegisterCertificateCommand({ certificatePem, ...more }));
const registerAlone = (certificatePem: string, status?: CertificateStatus) =>
  sandbox.iot.send(new RegisterCertificateWithoutCACommand({ certificatePem, status }));
const issue = async () => {
  const { certificateId = '', certificatePem = '' } = await sandbox.iot.send(
    new CreateKeysAndCertificateCommand({}),
  );
  return { certificateId, certificatePem };
};

/** A certificate of the sandbox's CA that is not registered. */
async function aForgottenOne(): Promise<{ certificateId: string; certificatePem: string }> {
  const issued = await issue();
  await remove(issued.certificateId);
  return issued;
}

async function aSelfSigned(algorithm: typeof EC | typeof RSA = EC, name = 'CN=pump'): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm ?? {}, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
  });
  return `${certificate.toString('pem')}\n`;
}

describe('2.1 certificates', () => {
  it('2.1.1 have the SHA-256 of the DER as certificate ID', () => {
    const der = new X509Certificate(device.cert).raw;
    expect(device.certificateId).toBe(createHash('sha256').update(der).digest('hex'));
  });

  it('2.1.2 are issued inactive, unless asked for as active', async () => {
    expect(await statusOf((await issue()).certificateId)).toBe('INACTIVE');
    expect(await statusOf(device.certificateId)).toBe('ACTIVE');
  });

  it('2.1.3 are deactivated and activated, any number of times', async () => {
    const { certificateId } = await issue();
    for (const status of ['ACTIVE', 'INACTIVE', 'INACTIVE', 'ACTIVE'] as const) {
      await setStatus(certificateId, status);
      expect(await statusOf(certificateId)).toBe(status);
    }
  });

  it('2.1.4 never change again once they are revoked', async () => {
    const { certificateId } = await issue();
    await setStatus(certificateId, 'REVOKED');
    await expect(setStatus(certificateId, 'ACTIVE')).rejects.toMatchObject(STATE);
    await expect(setStatus(certificateId, 'INACTIVE')).rejects.toMatchObject(STATE);
    await expect(setStatus(certificateId, 'REVOKED')).resolves.toBeDefined();
  });

  it.each(['PENDING_TRANSFER', 'PENDING_ACTIVATION', 'REGISTER_INACTIVE'] as const)(
    '2.1.5 cannot be set to %s',
    async (status) => {
      await expect(setStatus(device.certificateId, status)).rejects.toMatchObject(BAD_REQUEST);
      expect(await statusOf(device.certificateId)).toBe('ACTIVE');
    },
  );

  it('2.1.6 are described as they were issued, and how often they were changed', async () => {
    const { certificateId, certificatePem } = await issue();
    const before = await describeCertificate(certificateId);
    const { validFrom, validTo } = new X509Certificate(certificatePem);
    expect(before).toMatchObject({
      certificateId,
      certificateArn: `arn:aws:iot:us-east-1:123456789012:cert/${certificateId}`,
      certificatePem,
      status: 'INACTIVE',
      ownedBy: '123456789012',
      customerVersion: 1,
      certificateMode: 'DEFAULT',
      lastModifiedDate: before?.creationDate,
      validity: { notBefore: new Date(validFrom), notAfter: new Date(validTo) },
    });
    expect(Math.abs(Date.now() - (before?.creationDate?.getTime() ?? 0))).toBeLessThan(60_000);
    await setStatus(certificateId, 'ACTIVE');
    await setStatus(certificateId, 'ACTIVE');
    const after = await describeCertificate(certificateId);
    expect(after).toMatchObject({ customerVersion: 2, creationDate: before?.creationDate });
  });

  it('2.1.7 that are not registered are not found, whatever is to be done with them', async () => {
    await expect(describeCertificate(NOBODY)).rejects.toMatchObject(NOT_FOUND);
    await expect(setStatus(NOBODY, 'INACTIVE')).rejects.toMatchObject(NOT_FOUND);
    await expect(remove(NOBODY)).rejects.toMatchObject(NOT_FOUND);
  });

  it('2.1.8 are found by an ID in upper case, or with 0x', async () => {
    for (const id of [device.certificateId.toUpperCase(), `0x${device.certificateId}`]) {
      expect((await describeCertificate(id))?.certificateId).toBe(device.certificateId);
    }
  });

  it('2.1.9 are registered without a CA, whoever signed them, EC or RSA', async () => {
    for (const algorithm of [EC, RSA]) {
      const pem = await aSelfSigned(algorithm);
      const { certificateId = '', certificateArn } = await registerAlone(pem);
      expect(certificateId).toBe(createHash('sha256').update(new X509Certificate(pem).raw).digest('hex'));
      expect(await describeCertificate(certificateId)).toMatchObject({
        certificateArn,
        certificatePem: pem,
        status: 'INACTIVE',
        certificateMode: 'SNI_ONLY',
      });
    }
  });

  it("2.1.10 are registered with their CA, which is the sandbox's", async () => {
    const { certificateId, certificatePem } = await aForgottenOne();
    const ca = await sandbox.file('ca.pem');
    expect(await register(certificatePem, { caCertificatePem: ca })).toMatchObject({ certificateId });
    expect(await describeCertificate(certificateId)).toMatchObject({
      status: 'INACTIVE',
      certificateMode: 'DEFAULT',
      caCertificateId: createHash('sha256').update(new X509Certificate(ca).raw).digest('hex'),
    });
  });

  it('2.1.11 of another CA are not registered with it, even under the name of the right one', async () => {
    const alien = await aSelfSigned();
    const namesake = await aSelfSigned(EC, new X509Certificate(await sandbox.file('ca.pem')).subject);
    await expect(register(alien)).rejects.toMatchObject(INVALID);
    await expect(register(await aSelfSigned(RSA))).rejects.toMatchObject(INVALID);
    await expect(register(namesake)).rejects.toMatchObject(INVALID);
    await expect(register(alien, { caCertificatePem: alien })).rejects.toMatchObject(INVALID);
    const { certificatePem } = await aForgottenOne();
    await expect(register(certificatePem, { caCertificatePem: alien })).rejects.toMatchObject(INVALID);
  });

  it.each([
    ['no PEM', () => 'certificate'],
    ['broken PEM', () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['two of them', () => device.cert + device.cert],
    ['a key', () => device.key],
  ])('2.1.12 are not registered from %s', async (_what, text) => {
    await expect(register(text())).rejects.toMatchObject(INVALID);
    await expect(registerAlone(text())).rejects.toMatchObject(INVALID);
  });

  it('2.1.13 are registered in the status that is asked for, where it can be set', async () => {
    const { certificateId, certificatePem } = await aForgottenOne();
    await expect(register(certificatePem, { status: 'PENDING_ACTIVATION' })).rejects.toMatchObject(
      BAD_REQUEST,
    );
    await register(certificatePem, { status: 'ACTIVE' });
    expect(await statusOf(certificateId)).toBe('ACTIVE');
    const { certificateId: other = '' } = await registerAlone(await aSelfSigned(), 'REVOKED');
    expect(await statusOf(other)).toBe('REVOKED');
    const old = await aForgottenOne();
    await sandbox.iot.send(
      new RegisterCertificateCommand({ certificatePem: old.certificatePem, setAsActive: true }),
    );
    expect(await statusOf(old.certificateId)).toBe('ACTIVE');
  });

  it('2.1.14 are registered once', async () => {
    await expect(register(device.cert)).rejects.toMatchObject(EXISTS);
    await expect(registerAlone(device.cert)).rejects.toMatchObject(EXISTS);
  });

  it('2.1.15 are not deleted while they are ACTIVE', async () => {
    await expect(remove(device.certificateId, true)).rejects.toMatchObject(STATE);
    expect(await statusOf(device.certificateId)).toBe('ACTIVE');
  });

  it('2.1.16 are not deleted while a thing is attached, even by force', async () => {
    const { certificateId, arn: principal } = await anIdentity(sandbox, { active: false, policy: null });
    const thingName = 'deletion';
    await sandbox.iot.send(new CreateThingCommand({ thingName }));
    await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal }));
    await expect(remove(certificateId)).rejects.toMatchObject(DELETE_CONFLICT);
    await expect(remove(certificateId, true)).rejects.toMatchObject(DELETE_CONFLICT);
    await sandbox.iot.send(new DetachThingPrincipalCommand({ thingName, principal }));
    await remove(certificateId);
    await expect(describeCertificate(certificateId)).rejects.toMatchObject(NOT_FOUND);
  });

  it('2.1.17 are not deleted while a policy is attached, but by force, and go with their attachments', async () => {
    const { certificateId, certificatePem } = await issue();
    const target = `arn:aws:iot:us-east-1:123456789012:cert/${certificateId}`;
    const policyName = await attachNewPolicy(sandbox, { target, policy: ALLOW_ALL });
    await expect(remove(certificateId)).rejects.toMatchObject(DELETE_CONFLICT);
    await remove(certificateId, true);
    await register(certificatePem);
    const { targets } = await sandbox.iot.send(new ListTargetsForPolicyCommand({ policyName }));
    expect(targets).toEqual([]);
    await sandbox.iot.send(new AttachPolicyCommand({ policyName, target }));
  });

  it('2.1.18 are listed newest first, oldest first on request, page by page', async () => {
    const ids = [(await issue()).certificateId, (await issue()).certificateId];
    const list = async (ascendingOrder?: boolean) => {
      const pages = await allPages(async (marker) => {
        const command = new ListCertificatesCommand({ pageSize: 2, marker, ascendingOrder });
        const { certificates, nextMarker } = await sandbox.iot.send(command);
        return { items: certificates, next: nextMarker };
      });
      expect(pages.every(({ length }) => length <= 2)).toBe(true);
      return pages.flat();
    };
    const [newest] = await list();
    expect(newest).toMatchObject({ certificateId: ids[1], status: 'INACTIVE', certificateMode: 'DEFAULT' });
    expect((await list()).slice(0, 2).map(({ certificateId }) => certificateId)).toEqual(ids.toReversed());
    expect((await list(true)).slice(-2).map(({ certificateId }) => certificateId)).toEqual(ids);
  });
});
