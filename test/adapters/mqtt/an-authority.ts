import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';
import { randomBytes, webcrypto } from 'node:crypto';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

export type Issued = { readonly cert: string; readonly key: string; readonly serialNumber: string };

/** An authority whose certificates may be wrong in any way that matters. */
export type Authority = {
  readonly ca: string;
  readonly issue: (how?: { readonly name?: string; readonly daysLeft?: number }) => Promise<Issued>;
  /** Its list of revoked certificates. */
  readonly revoke: (...certificates: readonly Issued[]) => Promise<string>;
};

export async function anAuthority(name: string): Promise<Authority> {
  const issuer = `CN=${name}`;
  const keys = await newKeys();
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  return {
    ca: ca.toString('pem'),
    issue: async ({ name: dns = 'localhost', daysLeft = 1 } = {}) => {
      const { publicKey, privateKey } = await newKeys();
      const serialNumber = `01${randomBytes(8).toString('hex')}`;
      const certificate = await X509CertificateGenerator.create({
        serialNumber,
        issuer,
        subject: `CN=${dns}`,
        publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        notBefore: new Date(Date.now() - 3 * DAY_MS),
        notAfter: new Date(Date.now() + daysLeft * DAY_MS),
        extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: dns }])],
      });
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', privateKey);
      const key = PemConverter.encode(pkcs8, 'PRIVATE KEY');
      return { cert: certificate.toString('pem'), key, serialNumber };
    },
    revoke: async (...certificates) => {
      const list = await X509CrlGenerator.create({
        issuer,
        thisUpdate: new Date(Date.now() - DAY_MS),
        nextUpdate: new Date(Date.now() + DAY_MS),
        signingAlgorithm: ALGORITHM,
        signingKey: keys.privateKey,
        entries: certificates.map(({ serialNumber }) => ({ serialNumber })),
      });
      return PemConverter.encode(list.rawData, 'X509 CRL'); // not the library's own word for it, which OpenSSL does not read
    },
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
