import * as z from 'zod';

/** A value or several: `"Action": "iot:Connect"` is `"Action": ["iot:Connect"]` (IAM User Guide, Grammar). */
export function oneOrMany<Item extends z.ZodType>(item: Item) {
  return listOf(z.array(item).min(1));
}

/** The same where there may be none: a CONNECT that asks for nothing has `"iot:ConnectAttributes": []` (Developer Guide, "Connect policy examples"). */
export function anyNumber<Item extends z.ZodType>(item: Item) {
  return listOf(z.array(item));
}

function listOf<List extends z.ZodType>(list: List) {
  return z.preprocess((value): unknown => (Array.isArray(value) ? value : [value]), list);
}

/** A JSON object whose keys anybody may choose. zod's record would pass over `__proto__`, and a condition with it. */
export function mapOf<Value extends z.ZodType>(value: Value) {
  return z.preprocess(
    (object): unknown => (isObject(object) ? new Map(Object.entries(object)) : object),
    z.map(z.string(), value, { error: 'expected an object' }),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
