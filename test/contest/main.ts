import { parseArgs } from 'node:util';
import { contest } from './contest.ts';
import { faultsFound, lineOf, tableOf } from './table.ts';

/** `npm run contest -- [--seed N] [--count N] [--abreast N] [--only N,N]`: what it drew can be drawn again by its seed. */
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    count: { type: 'string', default: '200' },
    abreast: { type: 'string', default: '6' },
    only: { type: 'string' },
  },
});
const say = (text: string) => void process.stdout.write(`${text}\n`);
const { seed, only } = values;
const count = Number(values.count);

say(`seed ${seed}, ${count} evictions`);
const startedAt = Date.now();
const outcome = await contest({
  seed,
  count,
  abreast: Number(values.abreast),
  ...(only === undefined ? {} : { only: only.split(',').map(Number) }),
  onReport: (report) => say(lineOf(report)),
});
const found = faultsFound(outcome);
say(`\n${tableOf(outcome)}\n`);
for (const one of found) say(`WRONG: ${one}`);
const minutes = ((Date.now() - startedAt) / 60_000).toFixed(1);
say(
  `${outcome.reports.length} evictions in ${minutes} minutes: ${found.length === 0 ? 'nothing false, no hang, no leak' : `${found.length} things wrong`}; seed ${seed}`,
);
process.exitCode = found.length === 0 ? 0 : 1;
