import { aPresenceBroker, anEvent } from '../test/a-presence-broker.ts';

/**
 * A broker in a process of its own, for `watch.ts`: prints the options to reach it, and for each client ID that it reads on
 * stdin, how long it took until that one had acknowledged so many events, in milliseconds.
 */
const [directory = '', count = '0'] = process.argv.slice(2);
const EVENTS = Number(count);
/** As many as may be under way: more would measure the queue. */
const UNDER_WAY = 1_000;

await using broker = await aPresenceBroker(directory);
process.stdout.write(`${JSON.stringify(broker.words)}\n`);
let round = 0;
for await (const chunk of process.stdin) process.stdout.write(`${await flood(String(chunk).trim())}\n`);

async function flood(prefix: string): Promise<number> {
  round += 1;
  const acknowledged = () => [...broker.acknowledged].find(([id]) => id.startsWith(prefix))?.[1] ?? 0;
  const before = acknowledged();
  const startedAt = performance.now();
  for (let sent = 0; acknowledged() - before < EVENTS;) {
    while (sent < EVENTS && sent - (acknowledged() - before) < UNDER_WAY) {
      broker.publish(anEvent({ clientId: `pump-${sent % 4_000}`, sessionIdentifier: `${round}-${sent}` }));
      sent += 1;
    }
    await new Promise((turn) => setImmediate(turn));
  }
  return performance.now() - startedAt;
}
