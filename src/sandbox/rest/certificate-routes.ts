import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { ACCOUNT_ID, certificateArn } from '../identity/account.ts';
import type { Certificate, Registry } from '../registry/registry.ts';
import { change, changedAt, current } from '../registry/timeline.ts';
import { answer, epochSeconds, notFound, refusal, type Answer } from './answer.ts';
import { flag } from './flag.ts';
import { inCreationOrder, page, pageSize, pageToken } from './paging.ts';
import { route, type RestContext, type Route } from './route.ts';

/** 64 hex digits; the SDK's pattern lets them be upper-case and begin with `0x`. */
const certificateId = z
  .string()
  .regex(/^(?:0x)?[0-9a-fA-F]{64}$/u, 'not a certificate ID: 64 hex digits')
  .transform((id) => id.slice(-64).toLowerCase());

/** The others are AWS IoT's own, or deprecated (SDK, UpdateCertificate). */
export const settableStatus = z.enum(['ACTIVE', 'INACTIVE', 'REVOKED'], {
  error: ({ input }) => `cannot be set to ${String(input)}, but to ACTIVE, INACTIVE or REVOKED`,
});

const path = z.object({ certificateId });
const describing = z.object({ path });
const updating = z.object({ path, query: z.object({ newStatus: settableStatus }) });
const deleting = z.object({ path, query: z.object({ forceDelete: flag }) });
const listing = z.object({ query: z.object({ pageSize, marker: pageToken, isAscendingOrder: flag }) });
const resources = (input: z.output<typeof describing>) => [certificateArn(input.path.certificateId)];

/** The operations on certificates that are there (SDK). */
export const certificateRoutes: readonly Route[] = [
  route('DescribeCertificate', 'GET /certificates/{certificateId}', {
    input: describing,
    resources,
    handle: describeCertificate,
  }),
  route('UpdateCertificate', 'PUT /certificates/{certificateId}', {
    input: updating,
    resources,
    handle: updateCertificate,
  }),
  route('DeleteCertificate', 'DELETE /certificates/{certificateId}', {
    input: deleting,
    resources,
    handle: deleteCertificate,
  }),
  route('ListCertificates', 'GET /certificates', { input: listing, handle: listCertificates }),
];

function describeCertificate(
  { path: { certificateId: id } }: z.output<typeof describing>,
  { registry }: RestContext,
) {
  const certificate = registry.certificates.get(id);
  return certificate === undefined
    ? notFound(`certificate ${id}`)
    : answer({ certificateDescription: describe(certificate) });
}

function describe(certificate: Certificate): object {
  const { validFrom, validTo } = new X509Certificate(certificate.pem);
  const { status } = certificate;
  return {
    ...summarize(certificate),
    caCertificateId: certificate.caCertificateId,
    certificatePem: certificate.pem,
    ownedBy: ACCOUNT_ID,
    lastModifiedDate: epochSeconds(changedAt(status)),
    customerVersion: status.length,
    transferData: {},
    validity: {
      notBefore: epochSeconds(Date.parse(validFrom)),
      notAfter: epochSeconds(Date.parse(validTo)),
    },
  };
}

function summarize({ arn, certificateId: id, status, mode = 'DEFAULT' }: Certificate): object {
  return {
    certificateArn: arn,
    certificateId: id,
    status: current(status),
    certificateMode: mode,
    creationDate: epochSeconds(status[0].at),
  };
}

function updateCertificate(
  { path, query }: z.output<typeof updating>,
  { registry, clock }: RestContext,
): Answer {
  const certificate = registry.certificates.get(path.certificateId);
  if (certificate === undefined) return notFound(`certificate ${path.certificateId}`);
  if (current(certificate.status) === 'REVOKED' && query.newStatus !== 'REVOKED') {
    return refusal('CertificateStateException', 'a revoked certificate cannot change its status'); // REV
  }
  const status = change(certificate.status, { value: query.newStatus, at: clock.now() });
  registry.certificates.set(path.certificateId, { ...certificate, status });
  return answer();
}

function deleteCertificate({ path, query }: z.output<typeof deleting>, { registry }: RestContext): Answer {
  const certificate = registry.certificates.get(path.certificateId);
  if (certificate === undefined) return notFound(`certificate ${path.certificateId}`);
  const refused = keepReason(certificate, { registry, isForced: query.forceDelete });
  if (refused !== undefined) return refused;
  registry.certificates.delete(certificate.certificateId);
  registry.policiesOf.forgetFrom(certificate.arn);
  registry.thingsOf.forgetFrom(certificate.arn);
  return answer();
}

/** Force is of use against policies only: "if it is inactive and is not attached to an IoT thing" (SDK). */
function keepReason(
  { certificateId: id, arn, status }: Certificate,
  { registry, isForced }: { registry: Registry; isForced: boolean },
): Answer | undefined {
  if (current(status) === 'ACTIVE') {
    return refusal(
      'CertificateStateException',
      `Certificate must be deactivated (not ACTIVE) before deletion. Id: ${id}`,
    );
  }
  if (registry.thingsOf.from(arn).length > 0) {
    return refusal('DeleteConflictException', `Things must be detached before deletion (arn: ${arn})`);
  }
  if (!isForced && registry.policiesOf.from(arn).length > 0) {
    return refusal(
      'DeleteConflictException',
      `Certificate policies must be detached before deletion (arn: ${arn})`,
    );
  }
  return undefined;
}

function listCertificates({ query }: z.output<typeof listing>, { registry }: RestContext): Answer {
  const all = inCreationOrder(registry.certificates.values(), query.isAscendingOrder);
  const { items, next } = page(all, { size: query.pageSize, from: query.marker });
  return answer({ certificates: items.map(summarize), nextMarker: next });
}
