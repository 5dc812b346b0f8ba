const MAX_BYTES = 128;

/** What is wrong with a client ID by AWS's rules, or nothing: 1 to 128 bytes of UTF-8, `$` reserved (facts sheet, section 1). */
export function clientIdProblem(clientId: string): string | undefined {
  const bytes = Buffer.byteLength(clientId);
  if (bytes === 0) return 'a client ID cannot be empty';
  if (bytes > MAX_BYTES) return `a client ID has at most ${MAX_BYTES} bytes, this one has ${bytes}`;
  return clientId.startsWith('$') ? 'a client ID cannot begin with $' : undefined;
}
