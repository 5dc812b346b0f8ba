/** A number that the SDK hangs on what it throws. */
export function metadataOf(error: unknown, name: 'httpStatusCode' | 'attempts'): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const value: unknown = Reflect.get(Object(error.$metadata), name);
  return typeof value === 'number' ? value : undefined;
}
