import * as z from 'zod';
import { mapOf } from '../policy/shapes.ts';
import type { Thing } from '../registry/registry.ts';

const NAME = /^[a-zA-Z0-9_.,@/:#-]{1,128}$/u;

/** Attributes of a thing or a group (SDK: patterns of names and values). */
export const attributePayload = z.object({
  attributes: mapOf(
    z
      .string()
      .max(800)
      .regex(/^[a-zA-Z0-9_.,@/:#-]*$/u, 'not a value that an attribute can have'),
  )
    .refine((attributes) => [...attributes.keys()].every((name) => NAME.test(name)), {
      error: 'has a name that no attribute can have',
    })
    .optional(),
  merge: z.boolean().default(false),
});

export type Attributes = ReadonlyMap<string, string>;

/** What a payload makes of the attributes: it replaces them unless it says `merge`, and an empty value takes one away. (SDK) */
export function attributesAfter(
  before: Attributes,
  payload: z.output<typeof attributePayload> | undefined,
): Attributes {
  if (payload?.attributes === undefined) return before;
  const merged = [...(payload.merge ? before : []), ...payload.attributes];
  return new Map([...new Map(merged)].filter(([, value]) => value !== ''));
}

/** Three, or fifty with a thing type. (SDK; LIM) */
export function tooMany({
  typeName,
  attributes,
}: Pick<Thing, 'typeName' | 'attributes'>): string | undefined {
  const most = typeName === undefined ? 3 : 50;
  return attributes.size > most
    ? `such a thing can have ${most} attributes, not ${attributes.size}`
    : undefined;
}
