import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID } from '../identity/account.ts';
import type { Verified } from '../identity/sigv4.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** An answer of the Query protocol: XML. */
export type XmlAnswer = { readonly status: number; readonly xml: string };

/** How STS names what SigV4 found wrong; the IoT API has other names for the same. */
const ERROR_CODE = {
  unsigned: 'MissingAuthenticationToken',
  'unknown-key': 'InvalidClientTokenId',
  expired: 'SignatureDoesNotMatch',
  forged: 'SignatureDoesNotMatch',
} as const;

/** Answers the one STS action that the sandbox has, GetCallerIdentity. */
export function answerSts(form: string, verified: Verified): XmlAnswer {
  if (verified.kind !== 'signed') {
    return stsError(403, { code: ERROR_CODE[verified.kind], message: verified.message });
  }
  const action = new URLSearchParams(form).get('Action') ?? '';
  if (action !== 'GetCallerIdentity') {
    return stsError(400, { code: 'InvalidAction', message: `the sandbox has no STS action ${action}` });
  }
  const { arn, userId } = verified.key;
  const xml = `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult>
<Arn>${arn}</Arn><UserId>${userId}</UserId><Account>${ACCOUNT_ID}</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
  return { status: 200, xml };
}

function stsError(status: number, { code, message }: { code: string; message: string }): XmlAnswer {
  const xml = `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code>
<Message>${escapeXml(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
  return { status, xml };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
