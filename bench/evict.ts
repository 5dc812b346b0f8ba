import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IoTClient, UpdateCertificateCommand } from '@aws-sdk/client-iot';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { printRatio, timed } from './measure.ts';

/** A whole eviction beside the least script with the same network steps (`by-hand.js`), in turns, against one sandbox. */
const RUNS = 11;
const CLIENT = 'pump-17';

const directory = await mkdtemp(join(tmpdir(), 'evict-bench-'));
// Run after run under one client ID: AWS's one CONNECT a second would be all that is measured.
const faults = [{ fault: 'unlimited-connects' }];
const sandbox = await startSandbox({ directory, intruder: CLIENT, faults });
const credentials = fromIni({ filepath: join(directory, 'aws', 'credentials') });
const iot = new IoTClient({ region: 'us-east-1', endpoint: sandbox.controlUrl, credentials });
const certificateId = holder()?.principal ?? '';

function holder() {
  return sandbox.truth().connections.find(({ clientId }) => clientId === CLIENT);
}

/** Lets the intruder back in: each run meets the same scene. */
async function reset(): Promise<void> {
  await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }));
  while (holder()?.principal !== certificateId) await new Promise((tick) => setTimeout(tick, 20));
}

const tool = [
  'bin/evict.js',
  CLIENT,
  '--config',
  sandbox.config,
  '--yes',
  '--json',
  '--hold',
  '0',
  '--quiet',
];
const byHand = ['bench/by-hand.js', CLIENT, sandbox.config];
const times: Record<'tool' | 'byHand' | 'imports', number[]> = { tool: [], byHand: [], imports: [] };
for (let run = 0; run < RUNS; run += 1) {
  await reset();
  times.tool.push(await timed(process.execPath, tool));
  await reset();
  times.byHand.push(await timed(process.execPath, byHand));
  times.imports.push(
    await timed(process.execPath, ['bin/evict.js', 'incidents', '--config', sandbox.config]),
  );
}
printRatio('evict --yes --json --hold 0, beside the least script', times.tool, times.byHand);
printRatio('  of which start-up and settings (evict incidents)', times.imports, times.tool);
iot.destroy();
await sandbox[Symbol.asyncDispose]();
await rm(directory, { recursive: true });
