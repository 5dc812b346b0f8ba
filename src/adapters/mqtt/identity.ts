import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EvictError } from '../../domain/errors.ts';

/** What a mutual TLS connection shows and trusts. */
export type MqttIdentity = {
  readonly cert: string;
  readonly key: string;
  /** Trusted instead of the system's authorities. */
  readonly ca?: string | undefined;
  /** SHA-256 of the certificate's DER: how AWS IoT names it. */
  readonly certificateId: string;
};

/** Reads the responder's certificate and key at the door, and finds out there what TLS would only hint at. */
export function readMqttIdentity(files: {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string | undefined;
}): MqttIdentity {
  const cert = readText('cert', files.cert);
  const key = readText('key', files.key);
  const ca = files.ca === undefined ? undefined : readAuthority(files.ca);
  const certificate = parsed(`--cert ${files.cert}`, () => new X509Certificate(cert));
  const privateKey = parsed(`--key ${files.key}`, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw invalid(
      `--key ${files.key} does not belong to --cert ${files.cert}`,
      'give the pair that was made together',
    );
  if (Date.parse(certificate.validFrom) > Date.now())
    throw invalid(
      `--cert ${files.cert} is not valid before ${certificate.validFrom}`,
      'give a certificate that is valid, or set the clock',
    );
  if (Date.parse(certificate.validTo) < Date.now())
    throw invalid(
      `--cert ${files.cert} expired on ${certificate.validTo}`,
      'give a certificate that is still valid',
    );
  return { cert, key, ca, certificateId: certificate.fingerprint256.replaceAll(':', '').toLowerCase() };
}

/** Reads the authority that is trusted instead of the system's. */
export function readAuthority(file: string): string {
  const ca = readText('ca', file);
  parsed(`--ca ${file}`, () => new X509Certificate(ca));
  return ca;
}

function readText(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EvictError('file-unreadable', `--${option} ${file} cannot be read`, {
      hint: 'check the path and its permissions',
      cause: error,
    });
  }
}

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw invalid(
      `${what} is not what it should be: a PEM file is expected`,
      'check which file is which',
      error,
    );
  }
}

function invalid(message: string, hint: string, cause?: unknown): EvictError {
  return new EvictError('file-invalid', message, { hint, cause });
}
