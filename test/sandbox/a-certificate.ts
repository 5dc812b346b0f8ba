import 'reflect-metadata';
import { PemConverter, X509CertificateGenerator } from '@peculiar/x509';
import { RegisterCertificateWithoutCACommand } from '@aws-sdk/client-iot';
import { webcrypto } from 'node:crypto';
import type { IssuedIdentity } from './a-device.ts';
import type { TestSandbox } from './a-sandbox.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** A certificate that its owner signed, registered the way AWS takes any: without a CA. The serial number is in hex. */
export async function aCertificateOfOnesOwn(
  sandbox: TestSandbox,
  { subject, serialNumber = '01' }: { subject: string; serialNumber?: string },
): Promise<IssuedIdentity> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber,
    name: subject,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
  });
  const certificatePem = certificate.toString('pem');
  const { certificateId = '', certificateArn: arn = '' } = await sandbox.iot.send(
    new RegisterCertificateWithoutCACommand({ certificatePem, status: 'ACTIVE' }),
  );
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = PemConverter.encode(pkcs8, 'PRIVATE KEY');
  return { certificateId, arn, cert: certificatePem, key, ca: await sandbox.file('ca.pem') };
}
