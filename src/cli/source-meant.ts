import { basename, isAbsolute } from 'node:path';
import { shellQuoted } from '../domain/equivalent.ts';
import { nearMisses } from '../domain/near-miss.ts';
import { SOURCE_WORDS } from './source-words.ts';

/** How a source is spelt whose word says more than its kind. */
const FORMS: ReadonlyMap<string, string> = new Map([
  ['dynamodb', 'dynamodb:TABLE'],
  ['s3', 's3://BUCKET/PREFIX'],
]);
const KINDS: ReadonlySet<string> = new Set([...SOURCE_WORDS.whole, ...FORMS.keys()]);

/** The source that was meant by the name of a file that does not exist, if it looks like one: `jurnal`, `s3:bucket`, `a,b`. */
export function sourceMeant(path: string): string | undefined {
  // A word in the configuration was taken for a path relative to that file.
  const said = isAbsolute(path) ? basename(path) : path;
  const several = said.split(',').filter((one) => one !== '');
  if (several.length > 1) return several.map(shellQuoted).join(' --events ');
  if (said.startsWith('file:')) return shellQuoted(said.replace(/^file:(\/\/)?/u, ''));
  const [word = '', ...rest] = said.split(/[:/]/u);
  if (word === 'rules') return KEPT_BY_RULES;
  const kind = kindMeant(word);
  if (kind === undefined) return undefined;
  return FORMS.get(kind) ?? (kind === 'cloudwatch' && rest.length > 0 ? 'cloudwatch:GROUP' : kind);
}

/** A slip, or a word that is only begun: `jurnal`, `dynamo`. */
function kindMeant(word: string): string | undefined {
  const [near] = nearMisses(word, KINDS);
  const isBegun = word.length >= SHORTEST_BEGINNING;
  return near ?? (isBegun ? [...KINDS].find((kind) => kind.startsWith(word.toLowerCase())) : undefined);
}

const SHORTEST_BEGINNING = 4;

/** The look-up names this one, which nobody can. */
const KEPT_BY_RULES =
  'dynamodb:TABLE or s3://BUCKET/PREFIX (without --events, what the rules of AWS IoT keep is found)';
