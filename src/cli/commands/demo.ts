import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT_CODES } from '../../domain/exit-codes.ts';
import { followUp } from '../../domain/evict-command.ts';
import type { Console } from '../console.ts';
import { outputFrom, readSettings } from '../settings.ts';
import type { Flags, Settings } from '../settings.ts';
import { systemClock } from '../system.ts';
import { loadSandbox } from '../wire.ts';
import { consoleFrom, printDocument, realRun, requestFrom } from './client.ts';
import { undoIncident } from './undo.ts';

const INTRUDER = 'pump-17';
const HOLD = '5s';
const BACK_WITHIN_MS = 10_000;
/** AWS takes one CONNECT a second for each client ID, and the intruder's is fresh: nobody finds one within that second. */
const SETTLED_MS = 1_000;

type Sandbox = Awaited<ReturnType<Awaited<ReturnType<typeof loadSandbox>>>>;

/** `evict demo`: the sandbox, an intruder that reconnects for ever, the whole response, and its undo. */
export async function demoCommand(_operands: readonly string[], flags: Flags): Promise<number> {
  const output = outputFrom(flags);
  const console = consoleFrom(output);
  const startSandbox = await loadSandbox();
  const directory = await mkdtemp(join(tmpdir(), 'evict-demo-'));
  await using sandbox = await startSandbox({ directory, intruder: INTRUDER });
  const heading = (text: string) => console.say(console.paint('bold', `\n${text}`));

  heading(`1. A sandbox stands for AWS IoT; "${INTRUDER}" is connected and reconnects for ever`);
  tellTruth(sandbox, console);
  await systemClock.sleep(SETTLED_MS, new AbortController().signal);
  const hold = typeof flags['hold'] === 'string' ? flags['hold'] : HOLD;
  // The responder's own environment has nothing to do with the demo, nor has a proxy with what runs on loopback.
  process.env['no_proxy'] = '*';
  const settings = { ...readSettings({ config: sandbox.config, hold }, {}), ...output };

  heading(`2. evict ${INTRUDER} --config ${sandbox.config} --yes --hold ${hold}`);
  const document = await realRun(requestFrom(INTRUDER, settings), settings, { yes: true });

  heading('3. What the sandbox itself knows');
  tellTruth(sandbox, console);

  heading(`4. ${followUp('undo', document.incident, settings.again)} --yes`);
  const { incident } = document;
  const restored = incident !== undefined && (await takeBack(incident, { sandbox, settings, console }));
  console.say(`\nThe record stays in ${document.record?.file ?? directory}\n`);
  printDocument(document, settings, console);
  return restored ? EXIT_CODES[document.verdict] : EXIT_CODES.failed;
}

/** Undoes the incident, and waits until the intruder has made use of it: its retries show that access is back. */
async function takeBack(
  incident: string,
  { sandbox, settings, console }: { sandbox: Sandbox; settings: Settings; console: Console },
): Promise<boolean> {
  const { verdict } = await undoIncident(incident, { settings, force: false, yes: true, console });
  if (verdict !== 'restored') return false;
  const isBack = () => sandbox.truth().connections.some(({ clientId }) => clientId === INTRUDER);
  const giveUpAt = systemClock.now() + BACK_WITHIN_MS;
  while (!isBack() && systemClock.now() < giveUpAt)
    await systemClock.sleep(100, new AbortController().signal);
  tellTruth(sandbox, console);
  return isBack();
}

/** The sandbox's own view, to judge the response by. AWS would show no refused handshake: they fail before MQTT. */
function tellTruth(sandbox: Sandbox, { say }: Console): void {
  const { connections, refusedHandshakes } = sandbox.truth();
  const connected = connections.filter(({ clientId }) => clientId === INTRUDER);
  for (const { principal, versionNumber } of connected)
    say(`  connected as "${INTRUDER}": principal ${principal}, version ${versionNumber}`);
  if (connected.length === 0) say(`  nobody is connected as "${INTRUDER}"`);
  for (const { certificateId, count } of refusedHandshakes)
    say(
      `  refused ${count} handshakes of certificate ${certificateId} (AWS would not show these: they fail before MQTT)`,
    );
}
