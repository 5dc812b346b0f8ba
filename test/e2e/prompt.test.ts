import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord } from './a-record.ts';
import { aConnectedClient, type ConnectedClient, connectedAs } from './a-scene.ts';
import { type AtTerminal, atTerminal, script, type TerminalOptions } from './a-terminal.ts';
import { describeWith } from './describe-with.ts';
import {
  agree,
  confirmation,
  evictAsking,
  GO_AHEAD,
  incidentsOf,
  LEAVE,
  newRecord,
} from './at-the-prompt.ts';
import { aHome, evictionOf, type Home } from './run.ts';
import { aStallingProxy } from './slow-network.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const evict = (client: ConnectedClient, words: readonly string[] = [], options: TerminalOptions = {}) =>
  evictAsking({ sandbox, home }, client, { words, ...options });

describeWith('evict <clientId> at a terminal', [['bsdutils', script]], () => {
  it('shows all there is to judge by; one Enter and the typed client ID evict it', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'common-case' });
    await using terminal = evict(client);
    await terminal.until(GO_AHEAD);
    const { arn, certificateId } = client.identity;
    for (const shown of [
      'Evict "common-case"',
      '123456789012, us-east-1, http://127.0.0.1:',
      'endpoint  mqtts://localhost:',
      'responder arn:aws:iam::123456789012:user/responder',
      `principal certificate ${arn}`,
      'IP        127.0.0.1',
      'connected, file:',
      'confirmed yes: GetConnection says connected for ',
      'evidence  connection read, 0 subscriptions',
      'hits      1 in all; things none (complete); clients common-case (no history of others); policies ',
      `will      deactivate ${arn}: ACTIVE → INACTIVE`,
      'will      takeover: take the client ID over, without a hold',
      'no undo   the dropped connection',
      'sets off  the kick makes the broker publish the Last Will',
      'warning   the sources hold events of this client only',
    ])
      expect(terminal.text()).toContain(shown);
    expect(await client.status()).toBe('ACTIVE');

    await agree(terminal, client);
    await terminal.until('EVICTED: "common-case"');
    expect(await terminal.ended).toBe(0);
    expect(await client.status()).toBe('INACTIVE');
    expect(connectedAs(sandbox, client.clientId)).not.toContain(certificateId);
    expect(terminal.cursorShown()).toBe(true);
  });

  it('a wrong client ID is asked for again, three times in all, and then nothing is done', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'Wrong-ID' });
    const before = await sandbox.snapshot();
    await using terminal = evict(client);
    await terminal.choose(GO_AHEAD);
    await terminal.until(confirmation(client.clientId));
    terminal.enter('wrong-id');
    await terminal.until('"wrong-id" is not "Wrong-ID" (capitals and spaces count): 2 tries left');
    terminal.enter('Wrong-ID ');
    await terminal.until('1 try left');
    terminal.enter('');
    await terminal.until('REFUSED: "Wrong-ID"');
    expect(terminal.text()).toContain('declined: not agreed to: nothing of client "Wrong-ID" was changed');
    expect(await terminal.ended).toBe(7);
    expect(await sandbox.snapshot()).toEqual(before);
  });

  it('a wrong client ID may be followed by the right one', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'second-try' });
    await using terminal = evict(client);
    await terminal.choose(GO_AHEAD);
    await terminal.until(confirmation(client.clientId));
    terminal.enter('second try');
    await terminal.until('2 tries left');
    terminal.enter('second-try');
    expect(await terminal.ended).toBe(0);
    expect(await client.status()).toBe('INACTIVE');
  });

  it('to leave it changes nothing, and is recorded', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'left' });
    const [before, known] = [await sandbox.snapshot(), await incidentsOf(sandbox)];
    await using terminal = evict(client);
    await terminal.choose(LEAVE);
    expect(await terminal.ended).toBe(7);
    expect(terminal.text()).toContain('✗ declined  nothing was changed');
    expect(terminal.text()).toContain('REFUSED: "left" — it was not agreed to; nothing was changed');
    expect(await sandbox.snapshot()).toEqual(before);
    expect((await newRecord(sandbox, known)).at(-1)).toMatchObject({
      kind: 'ended',
      verdict: 'refused',
      cause: { code: 'declined' },
    });
  });

  it('the result is the document, and nothing else, where stdout goes elsewhere', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'piped' });
    const file = join(home.directory, 'document.json');
    await using terminal = evict(client, ['--json', '--quiet'], { redirected: `> ${file}` });
    await agree(terminal, client); // asked for in spite of --quiet: it is no progress
    expect(await terminal.ended).toBe(0);
    const ended = { code: 0, signal: null, stdout: await readFile(file, 'utf8'), stderr: terminal.text() };
    expect(evictionOf(ended)).toMatchObject({ verdict: 'evicted', clientId: 'piped' });
    expect(terminal.text()).not.toContain('✓ watch');
    expect(terminal.text()).not.toContain('EVICTED');
  });

  it('what was typed before the question stood there is no answer to it', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'typed-ahead' });
    await using terminal = evict(client);
    await terminal.until('look up');
    terminal.enter('');
    terminal.enter('typed-ahead');
    await terminal.until(GO_AHEAD);
    expect(terminal.screen().some((row) => row.includes('Type the client ID'))).toBe(false);
    await terminal.choose(LEAVE);
    expect(await terminal.ended).toBe(7);
    expect(await client.status()).toBe('ACTIVE');
  });

  it('the details have it in full, and then it is asked again', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'in-detail' });
    await using terminal = evict(client);
    await terminal.choose('show the details');
    await terminal.until('aws iot-data delete-connection');
    expect(terminal.text()).toContain('"eventType":"connected"');
    expect(terminal.text()).toContain('aws iot update-certificate --certificate-id');
    expect(terminal.text()).toContain('no-client-history: ');
    await terminal.choose(LEAVE);
    expect(await terminal.ended).toBe(7);
  });

  it('the deadline begins anew with the agreement', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'renewed' });
    const words = ['renewed', '--config', sandbox.config, '--events', client.events];
    await using terminal = atTerminal(home, [...words, '--hold', '5s', '--deadline', '7s']);
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
  });

  it('a question that nobody answers ends with the deadline', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'unanswered' });
    await using terminal = evict(client, ['--deadline', '3s']);
    await terminal.until(GO_AHEAD);
    await terminal.until('the deadline came before anything was changed');
    expect(await terminal.ended).toBe(4);
    expect(await client.status()).toBe('ACTIVE');
    expect(terminal.cursorShown()).toBe(true);
  });

  it('what can be lifted by nothing ends it, and is said', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'protected-one' });
    const config = join(sandbox.directory, 'protecting.yaml');
    await writeFile(config, `${await readFile(sandbox.config, 'utf8')}protect: [protected-one]\n`);
    await using terminal = evict(client, ['--config', config]);
    await terminal.until('protected cannot be lifted here');
    expect(await terminal.ended).toBe(7);
    expect(terminal.text()).toContain('REFUSED');
    expect(await client.status()).toBe('ACTIVE');
  });
});

/** The last entry of the new incident, once it has ended, whoever saw it. */
async function endOf(known: readonly string[]) {
  const name = await eventually(async () => (await incidentsOf(sandbox)).find((one) => !known.includes(one)));
  const file = join(sandbox.directory, 'state', 'incidents', name);
  await eventually(async () =>
    (await readFile(file, 'utf8')).includes('"kind":"ended"') ? true : undefined,
  );
  return (await aCheckedRecord(file)).at(-1);
}

describeWith('Ctrl-C, Ctrl-D and a closed window at the prompt', [['bsdutils', script]], () => {
  const questions = [
    ['the menu', async (terminal: AtTerminal) => terminal.until(GO_AHEAD)],
    [
      'the client ID',
      async (terminal: AtTerminal) => {
        await terminal.choose(GO_AHEAD);
        await terminal.until('Type the client ID');
        terminal.type('x');
        await terminal.until('to evict it: x');
      },
    ],
  ] as const;

  it.each(questions)('Ctrl-C at %s interrupts: exit 130, nothing changed', async (name, ask) => {
    await using client = await aConnectedClient(sandbox, { clientId: `ctrl-c-${name.length}` });
    const before = await sandbox.snapshot();
    await using terminal = evict(client);
    await ask(terminal);
    terminal.press('ctrl-c');
    expect(await terminal.ended).toBe(130);
    expect(terminal.text()).toContain('INTERRUPTED');
    expect(terminal.cursorShown()).toBe(true);
    expect(await sandbox.snapshot()).toEqual(before);
  });

  it.each(questions)('Ctrl-D at %s, and no more input, declines: exit 7', async (name, ask) => {
    await using client = await aConnectedClient(sandbox, { clientId: `ctrl-d-${name.length}` });
    await using terminal = evict(client);
    await ask(terminal);
    terminal.endInput();
    expect(await terminal.ended).toBe(7);
    expect(terminal.text()).toContain('declined');
    expect(terminal.cursorShown()).toBe(true);
    expect(await client.status()).toBe('ACTIVE');
  });

  it('after the agreement Ctrl-C finishes the act in flight, and a second one ends it at once, with the cursor back', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'twice' });
    await using control = await aStallingProxy(sandbox.controlUrl);
    control.stallWhen(({ text }) => text.startsWith('PUT /certificates/'));
    await using terminal = evict(client, ['--endpoint-url', `http://127.0.0.1:${control.port}`]);
    await agree(terminal, client);
    await control.stalled;
    await terminal.until('deactivate changing arn:');
    expect(terminal.cursorShown()).toBe(false);
    terminal.press('ctrl-c');
    await terminal.until('press Ctrl-C again to end at once');
    terminal.press('ctrl-c');
    expect(await terminal.ended).toBe(130);
    expect(terminal.cursorShown()).toBe(true);
  });

  it('a window that is closed at the prompt ends the run, with its record, and changes nothing', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'hung-up' });
    const known = await incidentsOf(sandbox);
    await using terminal = evict(client);
    await terminal.until(GO_AHEAD);
    terminal.hangUp();
    expect(await endOf(known)).toMatchObject({ verdict: 'interrupted', contained: 'no' });
    expect(await client.status()).toBe('ACTIVE');
  });

  it('a window that is closed in the hold does not end the run, though nobody sees it any more', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'unseen' });
    const known = await incidentsOf(sandbox);
    await using terminal = evict(client, ['--hold', '2s']);
    await agree(terminal, client);
    await terminal.until('left of unbroken quiet');
    terminal.hangUp();
    expect(await endOf(known)).toMatchObject({ verdict: 'evicted', contained: 'yes' });
  });
});
