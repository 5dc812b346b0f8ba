import { mkdir, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { DOCUMENTS } from '../src/domain/documents.ts';

/** Writes the JSON Schema (draft 2020-12) of every document, made from the very schemas that the tool works with. */
await mkdir('dist/schemas', { recursive: true });
for (const [name, schema] of Object.entries(DOCUMENTS)) {
  const { $schema, ...rest } = z.toJSONSchema(schema);
  // A name, not a place: the schema lies in the package. It changes with the documents' `version`.
  const document = { $schema, $id: `urn:evict:schemas:1:${name}`, title: name, ...rest };
  await writeFile(`dist/schemas/${name}.json`, `${JSON.stringify(document, undefined, 2)}\n`);
}
