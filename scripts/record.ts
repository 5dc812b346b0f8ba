import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { atTerminal } from '../test/e2e/a-terminal.ts';
import { aHome } from '../test/e2e/run.ts';
import { castText } from './cast.ts';
import { pictureOf } from './picture.ts';

/** Records a real eviction at a real terminal, against a sandbox: `npm run record`. Writes the recording and the README's picture. */
const CAST = 'docs/at-the-prompt.cast';
const PICTURE = 'docs/at-the-prompt.svg';
const SIZE = { columns: 112, rows: 40 };
const CLIENT = 'pump-17';
const WORDS = [CLIENT, '--config', 'drill/config.yaml', '--hold', '8s', '--case', 'INC-4711'];
/** AWS takes one CONNECT a second for each client ID, and the intruder's is fresh. */
const SETTLED_MS = 1_500;
const READING_MS = 2_500;
const KEY_MS = 90;

await using home = await aHome();
await using sandbox = await startSandbox({ directory: join(home.directory, 'drill'), intruder: CLIENT });
await sleep(SETTLED_MS);

const startedAt = performance.now();
const output: [number, string][] = [[0, `$ evict ${WORDS.join(' ')}\r\n`]];
const onOutput = (text: string) => output.push([(performance.now() - startedAt) / 1_000, text]);
await using terminal = atTerminal(home, WORDS, { ...SIZE, onOutput });

await terminal.until(`Evict "${CLIENT}"?`);
await sleep(READING_MS);
terminal.press('enter');
await terminal.until('Type the client ID');
for (const key of CLIENT) {
  await sleep(KEY_MS);
  terminal.type(key);
}
await sleep(KEY_MS);
terminal.press('enter');
const code = await terminal.ended;
if (code !== 0)
  throw new Error(`the run that was to be recorded ended with ${String(code)}:\n${terminal.text()}`);

const connections = sandbox.truth().connections.filter(({ clientId }) => clientId === CLIENT);
if (connections.length > 0) throw new Error('the intruder is still connected');
const cast = { ...SIZE, title: `evict ${CLIENT}, at the prompt`, output };
await writeFile(CAST, castText(cast));
await writeFile(PICTURE, await pictureOf(cast));
process.stdout.write(`wrote ${CAST} and ${PICTURE}\n`);
