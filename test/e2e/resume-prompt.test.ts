import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, type ConnectedClient } from './a-scene.ts';
import { atTerminal, script } from './a-terminal.ts';
import { describeWith } from './describe-with.ts';
import { aHome, evictionOf, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** Stopped by Ctrl-C in its hold. */
async function interrupted({
  clientId,
  events,
}: ConnectedClient): Promise<{ incident: string; file: string }> {
  const words = ['--config', sandbox.config, '--events', events, '--yes', '--json', '--hold', '3s'];
  const running = home.start([clientId, ...words]);
  await running.said('✓ verify');
  running.kill('SIGINT');
  const { incident = '', record } = evictionOf(await running.ended);
  return { incident, file: record?.file ?? '' };
}

const resume = (incident: string) =>
  atTerminal(home, ['resume', incident, '--config', sandbox.config], { columns: 150 });

describeWith('evict resume at a terminal', [['bsdutils', script]], () => {
  it('shows what was agreed to and what was done so far; the typed client ID goes on with it', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'resumed' });
    const { incident } = await interrupted(client);
    await using terminal = resume(incident);
    await terminal.until('Type the client ID "resumed" to go on with it:');
    expect(terminal.text()).toMatch(/as of {5}\d+ m?s ago, /u);
    expect(terminal.text()).toContain('GetConnection said connected');
    expect(terminal.text()).toContain(`so far: deactivate ${client.identity.arn}: done`);
    terminal.enter('resumed');
    await terminal.until('NOT-CONNECTED');
    expect(await terminal.ended).toBe(0);
  });

  it('declined, it changes nothing and records nothing', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'left' });
    const { incident, file } = await interrupted(client);
    const before = [await sandbox.snapshot(), await readFile(file, 'utf8')];
    await using terminal = resume(incident);
    await terminal.until('to go on with it:');
    terminal.press('ctrl-d');
    expect(await terminal.ended).toBe(7);
    expect(terminal.text()).toContain('declined');
    expect([await sandbox.snapshot(), await readFile(file, 'utf8')]).toEqual(before);
  });

  it('stopped by Ctrl-C, it says what was done, and changes and records nothing', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'stopped' });
    const { incident, file } = await interrupted(client);
    const before = [await sandbox.snapshot(), await readFile(file, 'utf8')];
    await using terminal = resume(incident);
    await terminal.until('to go on with it:');
    terminal.press('ctrl-c');
    expect(await terminal.ended).toBe(130);
    expect(terminal.text()).toContain('INTERRUPTED');
    expect(terminal.text()).toContain('access cut: yes');
    expect([await sandbox.snapshot(), await readFile(file, 'utf8')]).toEqual(before);
  });
});
