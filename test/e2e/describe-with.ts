import { describe } from '@jest/globals';
import type { Tool } from './a-tool.ts';

/** Tests that need a Debian package: loudly skipped where it is missing, and failed under CI, where `.ci/run` installs it. */
export function describeWith(
  title: string,
  tools: readonly (readonly [string, Tool | undefined])[],
  tests: () => void,
) {
  const missing = tools.filter(([, tool]) => tool === undefined).map(([name]) => name);
  if (missing.length === 0) return describe(title, tests);
  const message = `not installed: ${missing.join(', ')} (apt-get install ${missing.join(' ')})`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`\nSKIPPED: ${title}\n  ${message}\n`);
  describe.skip(title, tests);
}
