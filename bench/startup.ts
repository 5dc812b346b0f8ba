import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, printRatio, timed } from './measure.ts';

/**
 * `evict --version` and `evict --help` beside a bare Node, and installed beside this checkout, in turns, so that drift hits
 * all alike.
 */
const RUNS = 21;
const directory = mkdtempSync(join(tmpdir(), 'evict-bench-'));
const cases = {
  bare: ['-e', '0'],
  version: ['bin/evict.js', '--version'],
  help: ['bin/evict.js', '--help'],
  installed: [installedBin(), '--version'],
};
const times: Record<keyof typeof cases, number[]> = { bare: [], version: [], help: [], installed: [] };

for (let run = 0; run < RUNS; run += 1)
  for (const name of ['bare', 'version', 'help', 'installed'] as const)
    times[name].push(await timed(process.execPath, cases[name]));
rmSync(directory, { recursive: true });

process.stdout.write(`bare node -e 0: median ${median(times.bare).toFixed(0)} ms\n`);
printRatio('evict --version', times.version, times.bare);
printRatio('evict --help', times.help, times.bare);
printRatio('evict --version, installed, beside the checkout', times.installed, times.version);

/** What was just built, packed and installed as users would. */
function installedBin(): string {
  const npm = (...words: string[]) => execFileSync('npm', words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const tarball = npm('pack', '--ignore-scripts', '--pack-destination', directory).toString().trim();
  npm(
    'install',
    '--global',
    '--prefix',
    directory,
    '--ignore-scripts',
    '--offline',
    join(directory, tarball),
  );
  return join(directory, 'bin', 'evict');
}
