import { median, printRatio, timed } from './measure.ts';

/** `evict --version` and `evict --help` beside a bare Node, in turns, so that drift hits all alike. */
const RUNS = 21;
const cases = { bare: ['-e', '0'], version: ['bin/evict.js', '--version'], help: ['bin/evict.js', '--help'] };
const times: Record<keyof typeof cases, number[]> = { bare: [], version: [], help: [] };

for (let run = 0; run < RUNS; run += 1)
  for (const name of ['bare', 'version', 'help'] as const)
    times[name].push(await timed(process.execPath, cases[name]));

process.stdout.write(`bare node -e 0: median ${median(times.bare).toFixed(0)} ms\n`);
printRatio('evict --version', times.version, times.bare);
printRatio('evict --help', times.help, times.bare);
