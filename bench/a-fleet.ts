import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { startSandbox } from '../src/sandbox/sandbox.ts';

/**
 * A sandbox in a process of its own, for `watch.ts`: prints where its configuration is and, for every line on stdin, publishes
 * the events of a large fleet as fast as it can.
 */
const [directory = '', count = '0'] = process.argv.slice(2);
const AT_ONCE = 100;

await using sandbox = await startSandbox({ directory: await mkdtemp(join(directory, 'sandbox-')) });
process.stdout.write(`${sandbox.config}\n`);
for await (const round of process.stdin) {
  for (let sent = 0; sent < Number(count); sent += 1) {
    sandbox.deliver(anEvent(sent, String(round).trim()));
    if (sent % AT_ONCE === 0) await turn();
  }
}

function anEvent(count: number, round: string) {
  return {
    clientId: `pump-${count % 4_000}`,
    timestamp: Date.now(),
    eventType: 'connected' as const,
    sessionIdentifier: `${round}-${count}`,
    principalIdentifier: (count % 4_000).toString(16).padStart(64, 'a'),
    ipAddress: '198.51.100.7',
    versionNumber: Math.floor(count / 4_000),
  };
}
