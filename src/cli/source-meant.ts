import { basename, isAbsolute } from 'node:path';
import { nearMisses } from '../domain/near-miss.ts';
import { SOURCE_WORDS } from './source-words.ts';

/** How a source is spelt whose word says more than its kind. */
const FORMS: ReadonlyMap<string, string> = new Map([
  ['dynamodb', 'dynamodb:TABLE'],
  ['s3', 's3://BUCKET/PREFIX'],
]);
const KINDS: ReadonlySet<string> = new Set([...SOURCE_WORDS.whole, ...FORMS.keys()]);

/** The source that was meant by the name of a file that does not exist, if it looks like one: `jurnal`, `s3:bucket`. */
export function sourceMeant(path: string): string | undefined {
  // A word in the configuration was taken for a path relative to that file.
  const [word = '', ...rest] = (isAbsolute(path) ? basename(path) : path).split(/[:/]/u);
  const [kind] = nearMisses(word, KINDS);
  if (kind === undefined) return undefined;
  return FORMS.get(kind) ?? (kind === 'cloudwatch' && rest.length > 0 ? 'cloudwatch:GROUP' : kind);
}
