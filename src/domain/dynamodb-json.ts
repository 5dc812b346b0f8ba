/** How DynamoDB says of what type a value is. (Amazon DynamoDB Developer Guide, "DynamoDB low-level API") */
const TYPES: ReadonlySet<string> = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS']);

/** An item in DynamoDB's JSON as plain values; `undefined` where the object is none. */
export function fromDynamoDbJson(item: object): Record<string, unknown> | undefined {
  const attributes = Object.entries(item);
  if (attributes.length === 0 || !attributes.every(([, value]) => typeOf(value) !== undefined))
    return undefined;
  return Object.fromEntries(attributes.map(([name, value]) => [name, plain(value)]));
}

function typeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const [type, ...more] = Object.keys(value);
  return type !== undefined && more.length === 0 && TYPES.has(type) ? type : undefined;
}

function plain(typed: unknown): unknown {
  const type = typeOf(typed);
  if (type === undefined || typeof typed !== 'object' || typed === null) return undefined;
  const value: unknown = Reflect.get(typed, type);
  switch (type) {
    case 'N':
      return typeof value === 'string' && value !== '' ? Number(value) : undefined;
    case 'NULL':
      return null;
    case 'M':
      return typeof value === 'object' && value !== null ? (fromDynamoDbJson(value) ?? {}) : {};
    case 'L':
      return Array.isArray(value) ? value.map((member: unknown) => plain(member)) : [];
    default:
      return value;
  }
}
