import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient } from './a-scene.ts';
import { aSignedConfig } from './a-signed-config.ts';
import { atTerminal, script, type TerminalOptions } from './a-terminal.ts';
import { describeWith } from './describe-with.ts';
import { agree, GO_AHEAD, LEAVE } from './at-the-prompt.ts';
import { aHome, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const pick = (words: readonly string[], options: TerminalOptions = {}) =>
  atTerminal(home, ['--config', sandbox.config, '--hold', '0', ...words], { columns: 120, ...options });

const MINUTE = 60_000;

/** So many clients, the first of them sighted last, a minute apart. */
async function aFleet(size: number, name = 'fleet.jsonl'): Promise<string> {
  const now = Date.now();
  const lines = Array.from({ length: size }, (_, index) =>
    JSON.stringify({
      clientId: `pump-${index}`,
      timestamp: now - (index + 1) * MINUTE,
      eventType: 'connected',
      sessionIdentifier: `session-${index}`,
      principalIdentifier: index % 2 === 0 ? 'ab'.repeat(32) : `AROAEXAMPLEEXAMPLEAAA:console-${index}`,
      ipAddress: `10.0.${index % 256}.7`,
      versionNumber: 1,
    }),
  );
  const file = join(home.directory, name);
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

describeWith('evict alone at a terminal', [['bsdutils', script]], () => {
  it('lists who was sighted, and goes on with the one that is chosen', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'pick-me' });
    await using other = await aConnectedClient(sandbox, { clientId: 'not-me' });
    await using terminal = pick([]);
    await terminal.until('clients that were seen in file:');
    await terminal.until('Which of 2 clients? Type a part of its ID, thing, IP or principal:');
    await terminal.until('pick-me'); // the newest first, and this is the last
    const rows = terminal.screen().filter((row) => row.includes('connected'));
    expect(rows.map((row) => row.slice(2, 9).trim())).toEqual(['not-me', 'pick-me']);
    expect(rows[0]).toMatch(/certificate [0-9a-f]{8}…  127\.0\.0\.1  \d+ m?s ago, connected/u);
    terminal.type('pick');
    await terminal.until('principal: pick');
    terminal.press('tab');
    await terminal.until('principal: pick-me  certificate');
    terminal.press('enter');
    await terminal.until('Evict "pick-me"');
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
    expect([await client.status(), await other.status()]).toEqual(['INACTIVE', 'ACTIVE']);
  });

  it('finds one of many thousands by a part of its ID, its IP or its principal, as fast as one types', async () => {
    const events = await aFleet(20_000);
    await using terminal = pick(['--events', events, '--dry-run']);
    await terminal.until('Which of 20000 clients?');
    await terminal.until('… and 19980 more: type a part of it');
    terminal.type('10.0.17.7 console-1');
    await terminal.until('pump-17 ');
    terminal.type('0257');
    await terminal.until('console-10257 ❯ pump-10257');
    terminal.press('enter');
    await terminal.until('"pump-10257"');
    expect(await terminal.ended).toBe(7); // no action fits: a dry run with a blocker
  });

  it('shows hostile names harmlessly, and chooses by moving, too', async () => {
    const file = join(home.directory, 'hostile.json');
    const event = {
      clientId: '\u001b[2Jpump\u202e',
      timestamp: Date.now(),
      eventType: 'disconnected',
      principalIdentifier: 'cd'.repeat(32),
      sessionIdentifier: 's',
      versionNumber: 0,
    };
    await writeFile(
      file,
      JSON.stringify([event, { ...event, clientId: 'a', timestamp: event.timestamp - 1 }]),
    );
    await using terminal = pick(['--events', file, '--dry-run']);
    await terminal.until('\\u{1b}[2Jpump\\u{202e}');
    expect(terminal.raw()).not.toContain('\u001b[2J');
    expect(terminal.raw()).not.toContain('\u202e');
    expect(terminal.text()).toContain('ago, ended');
    await terminal.choose('a  certificate');
    await terminal.until('"a"');
    expect(await terminal.ended).toBe(7);
  });

  it('asks in numbered lines where the terminal is dumb', async () => {
    const events = await aFleet(100);
    await using terminal = pick(['--events', events, '--dry-run'], { env: { TERM: 'dumb' } });
    await terminal.until('… and 80 more');
    await terminal.until('Number, or a part of the name:');
    terminal.enter('console-9');
    await terminal.untilSeen((seen) => seen.split('Number, or').length === 3, 'a shorter list');
    expect(terminal.text()).toContain('6. pump-99');
    terminal.enter('2');
    await terminal.until('"pump-91"');
    expect(await terminal.ended).toBe(7);
    expect(terminal.raw()).not.toContain('\u001b');
  });

  it.each([
    ['Ctrl-C', 'ctrl-c', 130, 'INTERRUPTED'],
    ['Ctrl-D', 'ctrl-d', 7, 'no client was chosen: nothing was changed'],
  ] as const)('%s chooses none', async (_, key, code, says) => {
    const events = await aFleet(2);
    await using terminal = pick(['--events', events]);
    await terminal.until('Which of 2 clients?');
    terminal.press(key);
    expect(await terminal.ended).toBe(code);
    expect(terminal.text()).toContain(says);
    expect(terminal.text()).not.toContain('""');
    expect(terminal.cursorShown()).toBe(true);
  });

  it('says so where nobody was sighted, and where no history was named', async () => {
    const file = join(home.directory, 'empty.jsonl');
    await writeFile(file, '');
    await using none = pick(['--events', file]);
    expect(await none.ended).toBe(3);
    expect(none.text()).toContain(`no client was seen in file:${file}`);
    const config = await aSignedConfig(sandbox, { events: [] });
    await using nowhere = atTerminal(home, ['--config', config], { columns: 120 });
    expect(await nowhere.ended).toBe(3);
    expect(nowhere.text()).toContain('AWS keeps no history by itself');
  });

  it('is asked for a client where --yes was given, or where there is no terminal', async () => {
    await using hasty = pick(['--yes']);
    expect(await hasty.ended).toBe(2);
    expect(hasty.text()).toContain('--yes goes with a client that is named');
    const alone = await home.run(['--config', sandbox.config]);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain('which client?');
  });

  it('can be left without evicting anybody', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'spared' });
    await using terminal = pick([]);
    await terminal.until('spared ');
    terminal.type('spared');
    await terminal.until('principal: spared');
    terminal.press('enter');
    await terminal.until(GO_AHEAD);
    await terminal.choose(LEAVE);
    expect(await terminal.ended).toBe(7);
    expect(await client.status()).toBe('ACTIVE');
  });
});
