import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, type ConnectedClient } from './a-scene.ts';
import { script, type TerminalOptions } from './a-terminal.ts';
import { describeWith } from './describe-with.ts';
import { agree, evictAsking, GO_AHEAD } from './at-the-prompt.ts';
import { aHome, type Home, onlyDocument } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const evict = (client: ConnectedClient, options: TerminalOptions & { words?: readonly string[] } = {}) =>
  evictAsking({ sandbox, home }, client, options);

/** What sets a colour or another look, or ends it. */
const isLook = (sequence: string) => /^\[[\d;]*m/u.test(sequence);
/** What moves the cursor, or clears. */
const isMovement = (sequence: string) => /^\[[\d;?]*[A-HJKSThl]/u.test(sequence);

describeWith('a terminal', [['bsdutils', script]], () => {
  it('of 40 columns is enough: nothing runs over, and no line is left behind', async () => {
    await using client = await aConnectedClient(sandbox, {
      clientId: 'a-rather-long-name-for-a-narrow-terminal',
    });
    await using terminal = evict(client, { columns: 40, rows: 30, words: ['--hold', '2s'] });
    await agree(terminal, client);
    await terminal.until('left of unbroken');
    expect(terminal.screen().every((row) => row.length <= 40)).toBe(true);
    expect(await terminal.ended).toBe(0);
    // The line that moves is gone, and its remains, too.
    expect(terminal.text()).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]|left of unbroken|… \d+ s/u);
    expect(terminal.text()).toContain('✓ hold      quiet for 2 s');
  });

  it('that is dumb is asked in numbered lines, and no cursor is moved', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'dumb' });
    await using terminal = evict(client, { env: { TERM: 'dumb' } });
    await terminal.until(`1. ${GO_AHEAD}`);
    await terminal.until('Number (Enter for 1): ');
    terminal.enter('9');
    await terminal.untilSeen((seen) => seen.split(GO_AHEAD).length === 3, 'the list again');
    terminal.enter('4');
    await terminal.until('by hand:');
    await terminal.untilSeen((seen) => seen.split(GO_AHEAD).length === 4, 'the list again');
    terminal.enter('');
    await terminal.until('Type the client ID "dumb" to evict it:');
    terminal.enter('Dumb');
    await terminal.until('"Dumb" is not "dumb" (capitals and spaces count): 2 tries left');
    terminal.enter('dumb');
    expect(await terminal.ended).toBe(0);
    expect(terminal.sequences().filter((one) => isLook(one) || isMovement(one))).toEqual([]);
    expect(await client.status()).toBe('INACTIVE');
  });

  it('that is dumb has checklists, too', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'dumb-list' });
    await using terminal = evict(client, { env: { TERM: 'dumb' } });
    await terminal.until('2. change the action');
    terminal.enter('2');
    await terminal.until('[x] deactivate');
    await terminal.until('Numbers, parted by commas (Enter leaves it so): ');
    terminal.enter('1, 2');
    await terminal.until('set the same status to different values');
    await terminal.untilSeen((seen) => seen.split('[x] deactivate').length === 3, 'the list again');
    terminal.enter('one');
    await terminal.until('these are not numbers of the list');
    await terminal.untilSeen((seen) => seen.split('[x] deactivate').length === 4, 'the list again');
    terminal.enter('4');
    await terminal.until('change the action (now: none)');
    terminal.press('ctrl-d');
    expect(await terminal.ended).toBe(7);
  });

  it('that is dumb is interrupted by Ctrl-C', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'dumb-stop' });
    await using terminal = evict(client, { env: { TERM: 'dumb' } });
    await terminal.until('Number (Enter for 1): ');
    terminal.press('ctrl-c');
    expect(await terminal.ended).toBe(130);
    expect(await client.status()).toBe('ACTIVE');
  });

  it.each([
    ['NO_COLOR', { env: { NO_COLOR: '1' } }],
    ['--no-color', { words: ['--no-color'] }],
    ['--no-color before FORCE_COLOR', { words: ['--no-color'], env: { FORCE_COLOR: '1' } }],
  ])('has no colour under %s, neither in questions nor in progress', async (name, options) => {
    await using client = await aConnectedClient(sandbox, { clientId: `grey-${name.length}` });
    await using terminal = evict(client, options);
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
    expect(terminal.sequences().filter(isLook)).toEqual([]);
  });

  it('has its colours although stdout goes elsewhere', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'coloured' });
    await using terminal = evict(client, { redirected: '> /dev/null' });
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
    expect(terminal.raw()).toContain('\u001b[32m✓\u001b[39m watch');
    expect(terminal.raw()).toContain('\u001b[1m❯ go ahead');
  });

  it.each([
    ['stdin', '< /dev/null', 'stdin is none'],
    ['stderr', '2> /dev/null', ''],
  ])('is both ends: with %s elsewhere it asks nothing, and names --yes', async (_, redirected, why) => {
    await using client = await aConnectedClient(sandbox, { clientId: `half-${redirected.length}` });
    await using terminal = evict(client, { redirected, words: ['--json'] });
    expect(await terminal.ended).toBe(2);
    const document = /^\{.*\}$/mu.exec(terminal.text())?.[0] ?? '';
    const ended = { code: 2, signal: null, stdout: `${document}\n`, stderr: '' };
    expect(onlyDocument(ended)).toMatchObject({ kind: 'error', code: 'needs-yes' });
    expect(terminal.text()).toContain(why);
    expect(await client.status()).toBe('ACTIVE');
  });

  it('cannot both give the events and answer', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'both' });
    await using terminal = evict({ ...client, events: '-' });
    expect(await terminal.ended).toBe(2);
    expect(terminal.text()).toContain('no terminal to ask on (the events are read from stdin)');
  });

  it('may give the events alone: it is said that they are waited for', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'typed' });
    await using terminal = evict({ ...client, events: '-' }, { words: ['--dry-run'] });
    await terminal.until('what is typed or pasted here, until Ctrl-D');
    terminal.press('ctrl-d');
    expect(await terminal.ended).toBe(3);
  });
});

describeWith('a hostile client ID', [['bsdutils', script]], () => {
  it.each([
    [
      'of escape sequences',
      '\u001b[2J\u001b]0;pwned\u0007\u009b31m',
      '\\u{1b}[2J\\u{1b}]0;pwned\\u{07}\\u{9b}31m',
    ],
    ['that reads from right to left', 'pump\u202e71-', 'pump\\u{202e}71-'],
  ])('%s is shown and typed in its escaped form', async (_, clientId, escaped) => {
    await using client = await aConnectedClient(sandbox, { clientId });
    await using terminal = evict(client);
    await terminal.choose(GO_AHEAD);
    await terminal.until(`"${escaped}" as it stands here, escapes and all to evict it:`);
    terminal.enter(clientId.replaceAll(/\p{Cc}/gu, '')); // as good as a keyboard can
    await terminal.until('2 tries left');
    terminal.enter(escaped);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toContain(`Evict "${escaped}"`); // nothing was cleared away
    expect(terminal.raw()).not.toContain('pwned\u0007');
    expect(terminal.raw()).not.toMatch(/[\u202e\u009b]/u);
    expect(await client.status()).toBe('INACTIVE');
  });

  it.each([
    ['128 bytes of emoji', '🦠'.repeat(32)],
    ['wide characters', '泵'.repeat(42)],
    ['Arabic', 'مضخة-١٧'],
  ])('of %s is typed as it is, on a narrow terminal, too', async (_, clientId) => {
    await using client = await aConnectedClient(sandbox, { clientId });
    await using terminal = evict(client, { columns: 40 });
    await terminal.choose(GO_AHEAD);
    await terminal.until('to evict it:');
    terminal.enter(clientId.slice(0, -2));
    await terminal.until('2 tries left');
    terminal.enter(clientId);
    expect(await terminal.ended).toBe(0);
    expect(await client.status()).toBe('INACTIVE');
  });
});
