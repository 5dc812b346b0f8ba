import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { printRatio, timed } from './measure.ts';

/**
 * A dry run over an event file of 1 GB beside two passes of `grep -F` over it (the client, its principal), in turns, and once
 * beside `jq`, where that is installed: for a client of few events, and for one that has a hundredth of them.
 */
const BYTES = 2 ** 30;
const RUNS = 5;
const CLIENT = 'pump-17';
const BUSY = 100;

const directory = await mkdtemp(join(tmpdir(), 'evict-bench-'));
const sandbox = await startSandbox({ directory, intruder: CLIENT });
const principal = sandbox.truth().connections[0]?.principal ?? '';
const file = join(directory, 'presence.jsonl');
const evict = ['bin/evict.js', CLIENT, '--config', sandbox.config, '--events', file];
const dryRun = [...evict, '--dry-run', '--json', '--quiet', '--allow-shared'];

await writeEvents(file, Infinity);
const times = await besideGrep('evict --dry-run over 1 GB of events');
if (spawnSync('jq', ['--version']).error === undefined)
  printRatio('  beside jq', times, [await timed('jq', ['-c', `select(.clientId == "${CLIENT}")`, file])]);
await writeEvents(file, BUSY);
await besideGrep(`of which the client has every ${BUSY}th`);
await sandbox[Symbol.asyncDispose]();
await rm(directory, { recursive: true });

async function besideGrep(name: string): Promise<readonly number[]> {
  const [tool, passes]: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    tool.push(await timed(process.execPath, dryRun));
    passes.push((await grep(`"${CLIENT}"`)) + (await grep(principal)));
  }
  printRatio(`${name}, beside two passes of grep -F`, tool, passes);
  process.stdout.write(`  its peak memory: ${peakMegabytes()} MB\n`);
  return tool;
}

/** The wall time of one pass; that nothing is printed changes nothing for grep, which is told to count. */
function grep(text: string): Promise<number> {
  return timed('env', ['LC_ALL=C', 'grep', '-cF', text, file]);
}

/** A fleet of 4,000 devices that come and go, with the events of the sandbox's intruder in the middle, and older ones of its client. */
async function writeEvents(path: string, busy: number): Promise<void> {
  const out = createWriteStream(path);
  const real = await readFile(join(directory, 'events.jsonl'), 'utf8');
  let written = 0;
  for (let count = 0, halfway = false; written < BYTES;) {
    let text = '';
    for (const end = count + 4_000; count < end; count += 1)
      text += `${JSON.stringify(anEvent(count, busy))}\n`;
    if (!halfway && written > BYTES / 2) {
      text += real;
      halfway = true;
    }
    written += text.length;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

function anEvent(count: number, busy: number) {
  const device = count % 4_000;
  const isBusy = count % busy === busy - 1;
  const connects = Math.floor(count / 4_000) % 2 === 0;
  return {
    clientId: isBusy ? CLIENT : `pump-${device + 1_000}`,
    timestamp: Date.now() - 86_400_000 + Math.floor(count / 60),
    eventType: connects ? 'connected' : 'disconnected',
    sessionIdentifier: `${hexOf(count, 8)}-4d2e-4b1c-b4fe-${hexOf(count * 7_919, 12)}`,
    principalIdentifier: isBusy ? principal : hexOf(device * 104_729 + 1, 64),
    ...(connects
      ? { ipAddress: `198.51.100.${device % 255}` }
      : { clientInitiatedDisconnect: false, disconnectReason: 'CONNECTION_LOST' }),
    versionNumber: Math.floor(count / 8_000),
  };
}

/** Digits that differ like those of hashes do, and are the same in each run. */
function hexOf(seed: number, digits: number): string {
  let [text, state] = ['', seed];
  while (text.length < digits) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(16).padStart(8, '0');
  }
  return text.slice(0, digits);
}

function peakMegabytes(): number {
  const script = `process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS)))`;
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(script)}`, ...dryRun],
    { encoding: 'utf8' },
  );
  return Math.round(Number(stderr.match(/\d+$/u)?.[0] ?? Number.NaN) / 1024);
}
