import 'reflect-metadata';
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { RegisterCertificateWithoutCACommand } from '@aws-sdk/client-iot';
import { webcrypto } from 'node:crypto';
import type { IssuedIdentity } from './a-device.ts';
import type { TestSandbox } from './a-sandbox.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

type Owned = { readonly subject: string; readonly serialNumber?: string };

/** A certificate that its owner signed; it is good for a server on loopback, too, and is its own authority. */
export async function aSelfSigned({ subject, serialNumber = '01' }: Owned) {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber,
    name: subject,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

/** One that is registered the way AWS takes any: without a CA. The serial number is in hex. */
export async function aCertificateOfOnesOwn(sandbox: TestSandbox, owned: Owned): Promise<IssuedIdentity> {
  const { cert, key } = await aSelfSigned(owned);
  const { certificateId = '', certificateArn: arn = '' } = await sandbox.iot.send(
    new RegisterCertificateWithoutCACommand({ certificatePem: cert, status: 'ACTIVE' }),
  );
  return { certificateId, arn, cert, key, ca: await sandbox.file('ca.pem') };
}
