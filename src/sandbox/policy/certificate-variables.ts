import type { X509Certificate } from 'node:crypto';

/** What OpenSSL calls the parts of a name, and what AWS does. (Developer Guide, "X.509 Certificate AWS IoT Core policy variables") */
const NAME_PARTS = new Map([
  ['dnQualifier', 'DistinguishedNameQualifier'],
  ['C', 'Country'],
  ['O', 'Organization'],
  ['OU', 'OrganizationalUnit'],
  ['ST', 'State'],
  ['CN', 'CommonName'],
  ['serialNumber', 'SerialNumber'],
  ['title', 'Title'],
  ['SN', 'Surname'],
  ['GN', 'GivenName'],
  ['initials', 'Initials'],
  ['pseudonym', 'Pseudonym'],
  ['generationQualifier', 'GenerationQualifier'],
]);

const MAX_VALUES = 5;
const MAX_LENGTH = 1024;
/** A value with one of these is not substituted. */
const UNSAFE = /[*$+?#]/u;

type Variables = Record<string, string | readonly string[]>;

/** They are asked for with each message, and never change. */
const known = new WeakMap<X509Certificate, Variables>();

/** The policy variables that a device certificate brings along: subject, issuer and serial number. */
export function certificateVariables(certificate: X509Certificate): Variables {
  const variables = known.get(certificate) ?? readVariables(certificate);
  known.set(certificate, variables);
  return variables;
}

function readVariables(certificate: X509Certificate): Variables {
  return {
    'iot:Certificate.SerialNumber': BigInt(`0x${certificate.serialNumber}`).toString(),
    ...nameVariables('iot:Certificate.Subject', certificate.subject),
    ...nameVariables('iot:Certificate.Issuer', certificate.issuer),
  };
}

/** Node gives a name as one `key=value` a line, and none at all where it is empty. The first value has no suffix, the second has `.1`, and `.List` is all. */
function nameVariables(prefix: string, name: string | undefined): Variables {
  const values = new Map<string, string[]>();
  for (const line of name?.split('\n') ?? []) {
    const [key = '', ...rest] = line.split('=');
    const part = NAME_PARTS.get(key);
    const value = rest.join('=');
    if (part === undefined || value.length > MAX_LENGTH || UNSAFE.test(value)) continue;
    values.set(part, [...(values.get(part) ?? []), value].slice(0, MAX_VALUES));
  }
  return Object.fromEntries(
    [...values].flatMap(([part, all]): [string, string | readonly string[]][] => [
      [`${prefix}.${part}.List`, all],
      ...all.map((value, index): [string, string] => [
        `${prefix}.${part}${index === 0 ? '' : `.${index}`}`,
        value,
      ]),
    ]),
  );
}
