import { nearMisses } from '../domain/near-miss.ts';
import { DOCTOR, RESPONSE, RESUME, SETTINGS, SHOW, UNDO } from './options.ts';
import { AUDIT } from './audit-options.ts';
import { WATCH } from './watch-options.ts';
import type { OptionSpec } from './options.ts';
import { DEMO, SANDBOX } from './sandbox-options.ts';

const NAMES: ReadonlySet<string> = new Set(SETTINGS.map(({ name }) => name));
const FLAGS: ReadonlySet<string> = new Set(
  [...RESPONSE, ...UNDO, ...RESUME, ...SHOW, ...DOCTOR, ...WATCH, ...AUDIT, ...SANDBOX, ...DEMO].map(
    ({ name }) => name,
  ),
);

/** What a name stands for where settings are kept: in the configuration and, in capitals, in the environment. */
export type Meaning =
  | { readonly kind: 'setting'; readonly spec: OptionSpec }
  /** It speaks for one run only; lying about, it would speak for all. */
  | { readonly kind: 'flag-only' }
  | { readonly kind: 'unknown'; readonly near: string | undefined };

export function meaningOf(name: string): Meaning {
  const spec = SETTINGS.find((one) => one.name === name);
  if (spec !== undefined) return { kind: 'setting', spec };
  if (FLAGS.has(name)) return { kind: 'flag-only' };
  return { kind: 'unknown', near: nearMisses(kebabCase(name), NAMES)[0] };
}

/** `lookup_timeout` and `lookupTimeout` as an option would be spelt. */
function kebabCase(name: string): string {
  return name
    .replaceAll('_', '-')
    .replaceAll(/([a-z])([A-Z])/gu, '$1-$2')
    .toLowerCase();
}
