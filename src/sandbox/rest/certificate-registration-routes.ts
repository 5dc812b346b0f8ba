import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { certificateArn } from '../identity/account.ts';
import { certificateIdOf } from '../identity/certificate-authority.ts';
import type { Certificate, CertificateStatus } from '../registry/registry.ts';
import { begin } from '../registry/timeline.ts';
import { answer, refusal, type Answer } from './answer.ts';
import { settableStatus } from './certificate-routes.ts';
import { flag } from './flag.ts';
import { route, type RestContext, type Route } from './route.ts';

const setAsActive = z.object({ setAsActive: flag });
const creating = z.object({ query: setAsActive });
const pem = z.string().min(1);
const registering = z.object({
  query: setAsActive,
  body: z.object({
    certificatePem: pem,
    caCertificatePem: pem.optional(),
    status: settableStatus.optional(),
  }),
});
const registeringAlone = z.object({
  body: z.object({ certificatePem: pem, status: settableStatus.optional() }),
});

/** The operations that bring certificates in (SDK). */
export const certificateRegistrationRoutes: readonly Route[] = [
  route('CreateKeysAndCertificate', 'POST /keys-and-certificate', {
    input: creating,
    handle: createKeysAndCertificate,
  }),
  route('RegisterCertificate', 'POST /certificate/register', {
    input: registering,
    handle: registerCertificate,
  }),
  route('RegisterCertificateWithoutCA', 'POST /certificate/register-no-ca', {
    input: registeringAlone,
    handle: registerCertificateWithoutCa,
  }),
];

async function createKeysAndCertificate(
  { query }: z.output<typeof creating>,
  context: RestContext,
): Promise<Answer> {
  const { certificateId, certificatePem, publicKeyPem, privateKeyPem } =
    await context.authority.issueDevice();
  const status = query.setAsActive ? 'ACTIVE' : 'INACTIVE';
  const { arn } = add(context, { certificateId, pem: certificatePem, status });
  return answer({
    certificateArn: arn,
    certificateId,
    certificatePem,
    keyPair: { PublicKey: publicKeyPem, PrivateKey: privateKeyPem },
  });
}

/** Where registering names no status. AWS says nothing of it; CreateKeysAndCertificate is as careful. */
const USUAL_STATUS = 'INACTIVE';

/** Issued is what the CA signed: its name, anybody can write into a certificate. */
function registerCertificate({ query, body }: z.output<typeof registering>, context: RestContext): Answer {
  const ca = new X509Certificate(context.authority.certificatePem);
  const certificate = certificateIn(body.certificatePem);
  const named = body.caCertificatePem === undefined ? ca : certificateIn(body.caCertificatePem);
  if (
    certificate === undefined ||
    named?.fingerprint256 !== ca.fingerprint256 ||
    !certificate.verify(ca.publicKey)
  ) {
    return invalid(
      "not a certificate of the one CA that is registered in the sandbox, its own (the sandbox's ca.pem)",
    );
  }
  return register(context, {
    certificate,
    pem: body.certificatePem,
    status: body.status ?? (query.setAsActive ? 'ACTIVE' : USUAL_STATUS),
    caCertificateId: certificateIdOf(ca.raw),
  });
}

function registerCertificateWithoutCa(
  { body }: z.output<typeof registeringAlone>,
  context: RestContext,
): Answer {
  const certificate = certificateIn(body.certificatePem);
  if (certificate === undefined) return invalid('not one X.509 certificate in PEM format');
  return register(context, {
    certificate,
    pem: body.certificatePem,
    status: body.status ?? USUAL_STATUS,
    mode: 'SNI_ONLY',
  });
}

type New = { readonly pem: string; readonly status: CertificateStatus } & Pick<
  Certificate,
  'caCertificateId' | 'mode'
>;

function register(
  context: RestContext,
  { certificate, ...given }: New & { certificate: X509Certificate },
): Answer {
  const certificateId = certificateIdOf(certificate.raw);
  if (context.registry.certificates.has(certificateId)) {
    return refusal('ResourceAlreadyExistsException', 'The certificate is already provisioned or registered');
  }
  const { arn } = add(context, { ...given, certificateId });
  return answer({ certificateArn: arn, certificateId });
}

function add({ registry, clock }: RestContext, given: New & { certificateId: string }): Certificate {
  const { certificateId: id, status, ...rest } = given;
  const added = { ...rest, certificateId: id, arn: certificateArn(id), status: begin(status, clock.now()) };
  registry.certificates.set(id, added);
  return added;
}

/** Of several certificates in one text it would be unclear which is meant. */
function certificateIn(text: string): X509Certificate | undefined {
  if (text.split('-----BEGIN CERTIFICATE-----').length !== 2) return undefined;
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function invalid(message: string): Answer {
  return refusal('CertificateValidationException', message);
}
