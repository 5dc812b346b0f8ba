/** AWS IoT: 128 bytes of UTF-8 at the most. (AWS IoT Core limits, "Client ID size") */
const MOST_BYTES = 128;

/** Why a client ID cannot exist at AWS IoT, in words for the operator; `undefined`: it can. Odd is allowed: hostile clients are odd. */
export function whyNoClientId(clientId: string): string | undefined {
  if (clientId === '') return 'the client ID is empty';
  if (clientId.startsWith('$')) return 'AWS IoT reserves client IDs that begin with "$"';
  // [MQTT-1.5.3-2] a UTF-8 string must not hold U+0000
  if (clientId.includes('\0')) return 'MQTT allows no U+0000 in a client ID';
  if (!clientId.isWellFormed()) return 'the client ID is not well-formed Unicode';
  const bytes = utf8Bytes(clientId);
  if (bytes > MOST_BYTES)
    return `the client ID has ${bytes} bytes in UTF-8; AWS IoT takes at most ${MOST_BYTES}`;
  return undefined;
}

/**
 * Why the connection API cannot be asked about a client ID; `undefined`: it can. Two IDs no URL can name: percent-encoding
 * does not hide a dot (RFC 3986, 6.2.2), and the path would be another one, perhaps that of another client.
 */
export function whyNotInPath(clientId: string): string | undefined {
  return clientId === '.' || clientId === '..'
    ? `a client ID "${clientId}" cannot be named in a URL, so the connection API cannot be asked about it`
    : undefined;
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x8_00 ? 2 : point < 0x1_00_00 ? 3 : 4;
  }
  return bytes;
}
