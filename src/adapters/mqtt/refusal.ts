import { ReasonCodes } from 'mqtt';
import { EvictError, codeOf } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import type { Door } from './door.ts';

/** "Unacceptable protocol version" of 3.1.1 and "Unsupported Protocol Version" of 5. [MQTT-3.1.2-2] */
const VERSION_REFUSED = new Set([0x01, 0x84]);
/** "Server unavailable", of 3.1.1 and of 5, "Server busy", "Quota exceeded" and "Connection rate exceeded"; which AWS gives is not documented. */
const TOO_SOON = new Set([0x03, 0x88, 0x89, 0x97, 0x9f]);
/** Bad or missing rights, and all that is wrong with our CONNECT or the address: the same answer would come again. (MQTT 5, 3.2.2.2) */
const FOR_GOOD = new Set([
  0x02, 0x04, 0x05, 0x81, 0x82, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x90, 0x95, 0x99, 0x9a, 0x9b, 0x9c, 0x9d,
]);

/** OpenSSL's reason, among numbers and files; the code beside it may be the socket's. */
const TLS_REASON = /SSL routines:[^:]*:(?<reason>[^:]+):/u;
/** The alerts that a server sends when it does not take our certificate. (RFC 8446, section 6.2) */
const OF_OUR_CERTIFICATE =
  /alert (?<alert>bad certificate|unsupported certificate|certificate \w+|unknown ca|access denied)$/u;

/** The socket's words for an end that is no FIN; in a handshake, they are others. */
const CUT_AFTER_TLS = /^(?:read|write) (?:ECONNRESET|EPIPE)$/u;

/** What to do about a TLS handshake that failed. */
const HINTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate is out of date: renew it, or check the clock of this machine',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'connect by a name that its certificate has: check --mqtt-url',
  SELF_SIGNED_CERT_IN_CHAIN: 'give the authority that signed its certificate with --ca',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'give its certificate with --ca, if it is the right one',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'give the authority that signed its certificate with --ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'give the authority that signed its certificate with --ca',
  ECONNRESET:
    'check --mqtt-url and the network, and that the certificate is active in this account and region',
  'wrong version number': 'it speaks no TLS there: check the port in --mqtt-url',
};

const NAMES: Readonly<Record<number, string>> = ReasonCodes;

export function isVersionRefusal(error: Error | undefined): boolean {
  return VERSION_REFUSED.has(connackOf(error) ?? 0);
}

/** The broker's own words come first, then what was heard at the door, then the socket's. */
export function refusal(door: Door, clientId: string, failure: Error | undefined): EvictError {
  const code = connackOf(failure);
  if (code !== undefined) return refused(door, clientId, { code, failure });
  const heard = door.refusal();
  if (heard !== undefined) return heard;
  return failure === undefined ? silence(door, clientId) : failed(door, clientId, failure);
}

/** The number that the library gives an error for CONNACK. */
function connackOf(error: Error | undefined): number | undefined {
  return error !== undefined && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

type Refusal = { readonly code: number; readonly failure: Error | undefined };

function refused({ url }: Door, clientId: string, { code, failure }: Refusal): EvictError {
  const message = `${url} refused "${printable(clientId)}": ${reasonOf('CONNACK', code)}`;
  return new EvictError(FOR_GOOD.has(code) ? 'broker-denied' : 'broker-refused', message, {
    hint: TOO_SOON.has(code)
      ? 'try again: the broker takes one CONNECT a second for each client ID, and somebody else may use it up'
      : 'check that the policy allows iot:Connect for this client ID',
    cause: failure,
  });
}

/** As in `CONNACK 0x87 (Not authorized)`. */
export function reasonOf(packet: 'CONNACK' | 'DISCONNECT', code: number): string {
  const name = NAMES[code] ?? '';
  return `${packet} 0x${code.toString(16).padStart(2, '0')}${name === '' ? '' : ` (${name})`}`;
}

function failed(door: Door, clientId: string, failure: Error): EvictError {
  const { url } = door;
  if (CUT_AFTER_TLS.test(failure.message)) return silence(door, clientId, failure);
  const reason = TLS_REASON.exec(failure.message)?.groups?.['reason'];
  const alert = OF_OUR_CERTIFICATE.exec(reason ?? '')?.groups?.['alert'];
  if (alert !== undefined)
    return new EvictError('broker-denied', `${url} does not take the certificate: ${alert}`, {
      hint: door.hint,
      cause: failure,
    });
  const code = codeOf(failure);
  if (code === '')
    return new EvictError('broker-unreachable', `${url} does not keep to MQTT: ${failure.message}`, {
      hint: 'check host and port in --mqtt-url',
      cause: failure,
    });
  const said =
    reason === undefined ? printable(failure.message) || code : `the TLS handshake failed: ${reason}`;
  return new EvictError('broker-unreachable', `${url}: ${said}`, {
    hint: HINTS[reason ?? code] ?? door.unreached,
    cause: failure,
  });
}

/** AWS IoT closes without a word where the certificate is not active, or where iot:Connect is not allowed. */
function silence({ url, hint }: Door, clientId: string, cause?: Error): EvictError {
  const message = `${url} closed the connection of "${printable(clientId)}" before acknowledging it`;
  return new EvictError('broker-refused', message, { hint, cause });
}

/** Then it is not the client ID in question that we hold. (MQTT 5, 3.2.2.3.7) */
export function renamed({ url }: Door, clientId: string, given: string): EvictError {
  const message = `${url} let us in as "${printable(given)}" in place of "${printable(clientId)}"`;
  return new EvictError('broker-denied', message, { hint: 'check that --mqtt-url is an AWS IoT endpoint' });
}

export function tooSlow({ url, unreached }: Door, clientId: string): EvictError {
  return new EvictError('timed-out', `${url} did not acknowledge "${printable(clientId)}" in time`, {
    hint: `${unreached}, or raise --timeout`,
  });
}
