import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type Extension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createHash, randomBytes, webcrypto } from 'node:crypto';

/** P-256: a key takes a millisecond, where RSA would make every start wait. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
const CA_SUBJECT = 'CN=evict sandbox CA';

/** A certificate with its private key, as PEM. */
export type Credential = {
  readonly certificateId: string;
  readonly certificatePem: string;
  readonly publicKeyPem: string;
  readonly privateKeyPem: string;
};

export type CertificateAuthority = {
  readonly certificatePem: string;
  issueServer(): Promise<Credential>;
  issueDevice(): Promise<Credential>;
};

/** AWS's certificate ID: the SHA-256 of the certificate's DER, in lower-case hex (facts sheet, section 2). */
export function certificateIdOf(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex');
}

/** A certificate authority of this sandbox alone; its key never leaves memory. */
export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const caKeys = await generateKeys();
  const ca = await sign({
    subject: CA_SUBJECT,
    publicKey: caKeys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const issue = (subject: string, extensions: Extension[]) =>
    issueCredential({ subject, extensions, signingKey: caKeys.privateKey });
  return {
    certificatePem: ca.toString('pem'),
    issueServer: () => issue('CN=localhost', serverExtensions()),
    // The subject that CreateKeysAndCertificate gives at AWS.
    issueDevice: () => issue('CN=AWS IoT Certificate', deviceExtensions()),
  };
}

type Request = { subject: string; extensions: Extension[]; signingKey: webcrypto.CryptoKey };

async function issueCredential(request: Request): Promise<Credential> {
  const keys = await generateKeys();
  const certificate = await sign({ ...request, publicKey: keys.publicKey });
  return {
    certificateId: certificateIdOf(new Uint8Array(certificate.rawData)),
    certificatePem: `${certificate.toString('pem')}\n`,
    publicKeyPem: await exportPem('spki', keys.publicKey),
    privateKeyPem: await exportPem('pkcs8', keys.privateKey),
  };
}

function sign(request: Request & { publicKey: webcrypto.CryptoKey }): Promise<X509Certificate> {
  const now = Date.now();
  return X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'),
    subject: request.subject,
    issuer: CA_SUBJECT,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 365 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: request.publicKey,
    signingKey: request.signingKey,
    extensions: request.extensions,
  });
}

function serverExtensions(): Extension[] {
  return [
    new BasicConstraintsExtension(false),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ]),
  ];
}

function deviceExtensions(): Extension[] {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
  ];
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportPem(format: 'spki' | 'pkcs8', key: webcrypto.CryptoKey): Promise<string> {
  const label = format === 'spki' ? 'PUBLIC KEY' : 'PRIVATE KEY';
  return `${PemConverter.encode(await webcrypto.subtle.exportKey(format, key), label)}\n`;
}
