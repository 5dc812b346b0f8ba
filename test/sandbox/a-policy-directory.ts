import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The policies that this package ships. */
export const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));

const oneOrMany = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

/** A policy as a person reads it; strict, so that no test passes over a member of it. */
const readable = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.array(
    z.strictObject({
      Sid: z
        .string()
        .regex(/^[A-Za-z0-9]+$/u)
        .optional(),
      Effect: z.enum(['Allow', 'Deny']),
      Action: oneOrMany,
      Resource: oneOrMany,
    }),
  ),
});

export type ReadablePolicy = z.output<typeof readable>;

export function readPolicy(file: string): ReadablePolicy {
  return readable.parse(JSON.parse(readFileSync(join(POLICIES, file), 'utf8')));
}

export function actionsOf({ Statement }: ReadablePolicy): string[] {
  return Statement.flatMap(({ Action }) => Action);
}

/** The same without one of its actions; without a statement that would have none left. */
export function without({ Statement, ...policy }: ReadablePolicy, action: string): ReadablePolicy {
  const left = Statement.map((one) => ({ ...one, Action: one.Action.filter((name) => name !== action) }));
  return { ...policy, Statement: left.filter(({ Action }) => Action.length > 0) };
}

/** A copy of the policies of this package in which some are others; text is written as it is. */
export async function aPolicyDirectory(
  changed: Readonly<Record<string, object | string>>,
): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'evict-policies-'));
  await cp(POLICIES, directory, { recursive: true });
  for (const [file, policy] of Object.entries(changed)) {
    await writeFile(join(directory, file), typeof policy === 'string' ? policy : JSON.stringify(policy));
  }
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}
