import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { ACCOUNT_ID, certificateArn } from '../identity/account.ts';
import { answer, notFound, refusal, type Answer } from './answer.ts';
import { currentStatus, withStatus, type Certificate, type CertificateStatus } from '../registry/registry.ts';
import { route, type ControlContext, type Route } from './route.ts';

const certificateId = z.string().regex(/^[0-9a-f]{64}$/u, 'must be 64 lower-case hex digits');
const path = z.object({ certificateId });

/** The certificate operations of the control plane (SDK). */
export const certificateRoutes: readonly Route[] = [
  route('GET /certificates/{certificateId}', { input: z.object({ path }), handle: describeCertificate }),
  route('PUT /certificates/{certificateId}', {
    input: z.object({
      path,
      query: z.object({
        newStatus: z.enum([
          'ACTIVE',
          'INACTIVE',
          'REVOKED',
          'PENDING_TRANSFER',
          'PENDING_ACTIVATION',
          'REGISTER_INACTIVE',
        ]),
      }),
    }),
    handle: updateCertificate,
  }),
  route('POST /keys-and-certificate', {
    input: z.object({ query: z.object({ setAsActive: z.enum(['true', 'false']).default('false') }) }),
    handle: createKeysAndCertificate,
  }),
];

type OneCertificate = { path: { certificateId: string } };

function describeCertificate({ path }: OneCertificate, { registry }: ControlContext): Answer {
  const certificate = registry.certificates.get(path.certificateId);
  if (certificate === undefined) return notFound(`certificate ${path.certificateId}`);
  return answer({ certificateDescription: describe(certificate) });
}

/** Dates are epoch seconds in REST-JSON. */
function describe(certificate: Certificate): object {
  const { validFrom, validTo } = new X509Certificate(certificate.pem);
  return {
    certificateArn: certificate.arn,
    certificateId: certificate.certificateId,
    status: currentStatus(certificate),
    certificatePem: certificate.pem,
    ownedBy: ACCOUNT_ID,
    creationDate: certificate.changes[0].at / 1000,
    lastModifiedDate: (certificate.changes.at(-1) ?? certificate.changes[0]).at / 1000,
    customerVersion: certificate.changes.length,
    validity: { notBefore: Date.parse(validFrom) / 1000, notAfter: Date.parse(validTo) / 1000 },
    certificateMode: 'DEFAULT',
  };
}

type StatusUpdate = OneCertificate & { query: { newStatus: string } };

function updateCertificate({ path, query }: StatusUpdate, { registry, now }: ControlContext): Answer {
  const certificate = registry.certificates.get(path.certificateId);
  if (certificate === undefined) return notFound(`certificate ${path.certificateId}`);
  const status = settableStatus(query.newStatus);
  if (status === undefined) {
    // "PENDING_TRANSFER and PENDING_ACTIVATION throw; REGISTER_INACTIVE is deprecated" (SDK, UpdateCertificate).
    return refusal('InvalidRequestException', `the status cannot be set to ${query.newStatus}`);
  }
  if (currentStatus(certificate) === 'REVOKED' && status !== 'REVOKED') {
    return refusal('CertificateStateException', 'a revoked certificate cannot change its status'); // REV
  }
  registry.certificates.set(path.certificateId, withStatus(certificate, { status, at: now() }));
  return answer();
}

function settableStatus(status: string): CertificateStatus | undefined {
  return status === 'ACTIVE' || status === 'INACTIVE' || status === 'REVOKED' ? status : undefined;
}

async function createKeysAndCertificate(
  { query }: { query: { setAsActive: 'true' | 'false' } },
  { registry, authority, now }: ControlContext,
): Promise<Answer> {
  const issued = await authority.issueDevice();
  const arn = certificateArn(issued.certificateId);
  registry.certificates.set(issued.certificateId, {
    certificateId: issued.certificateId,
    arn,
    pem: issued.certificatePem,
    changes: [{ status: query.setAsActive === 'true' ? 'ACTIVE' : 'INACTIVE', at: now() }],
  });
  return answer({
    certificateArn: arn,
    certificateId: issued.certificateId,
    certificatePem: issued.certificatePem,
    keyPair: { PublicKey: issued.publicKeyPem, PrivateKey: issued.privateKeyPem },
  });
}
