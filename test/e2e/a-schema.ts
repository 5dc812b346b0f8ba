import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { z } from 'zod';

const ajv = new Ajv2020({ allErrors: true, strict: true });
formats.default(ajv);

const compiled = new Map<string, ValidateFunction>();
const documentKind = z.looseObject({ kind: z.string() });

/** One of the JSON Schemas as they are shipped. */
export function shippedSchema(name: string): AnySchemaObject {
  const schema: unknown = JSON.parse(
    readFileSync(new URL(`../../dist/schemas/${name}.json`, import.meta.url), 'utf8'),
  );
  return z.looseObject({}).parse(schema);
}

/** What the shipped schema has to say against a value: nothing, if it is one of these. */
export function schemaErrors(name: string, value: unknown): readonly string[] {
  const validate = compiled.get(name) ?? ajv.compile(shippedSchema(name));
  compiled.set(name, validate);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

/** The name of the schema of a printed document. */
export function schemaOf(document: unknown): string {
  const { kind } = documentKind.parse(document);
  return ['eviction', 'plan', 'undo'].includes(kind) ? 'eviction' : kind;
}
