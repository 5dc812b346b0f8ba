import { parsePolicyDocument } from '../policy/document.ts';
import type { PolicyVersion } from '../registry/registry.ts';

const MAX_CHARACTERS = 2048;

type Numbered = { readonly number: number; readonly createdAt: number };

/** Makes a version of a document, or says why AWS IoT would not take it: white space does not count in its size (SDK). */
export function newVersion(
  text: string,
  { number, createdAt }: Numbered,
): PolicyVersion | { readonly problem: string } {
  const size = text.replaceAll(/\s/gu, '').length;
  if (size > MAX_CHARACTERS) {
    return {
      problem: `the policy document has ${size} characters without white space; ${MAX_CHARACTERS} may be`,
    };
  }
  const document = parsePolicyDocument(text);
  return 'problem' in document ? document : { id: String(number), text, document, createdAt };
}
