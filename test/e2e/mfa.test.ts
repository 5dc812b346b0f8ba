import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, type ConnectedClient } from './a-scene.ts';
import { aSignedConfig } from './a-signed-config.ts';
import { atTerminal, script } from './a-terminal.ts';
import { anMfaSts, type MfaSts } from './an-mfa-sts.ts';
import { agree, newRecord } from './at-the-prompt.ts';
import { describeWith } from './describe-with.ts';
import { aHome, evictionOf, type Home } from './run.ts';

const DEVICE = 'arn:aws:iam::123456789012:mfa/alice';
const CODE = '314159';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** The responder's role, which takes a code, at an STS that wants it. */
async function aRoleWithMfa(): Promise<MfaSts & { readonly config: string }> {
  const RoleArn = 'arn:aws:iam::123456789012:role/responder';
  const { Credentials } = await sandbox.sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'alice' }),
  );
  const key = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const sts = await anMfaSts(sandbox.controlUrl, { code: CODE, key });
  const file = join(sandbox.directory, 'aws/config-with-mfa');
  const files = await sandbox.file('aws/config');
  await writeFile(file, files.replace('[profile responder-role]\n', `$&mfa_serial = ${DEVICE}\n`));
  const config = await aSignedConfig(sandbox, {
    profile: 'responder-role',
    'endpoint-url': sts.url,
    'aws-config-file': file,
    hold: '0',
  });
  return { ...sts, config };
}

const wordsFor = ({ clientId, events }: ConnectedClient, config: string) => [
  clientId,
  '--config',
  config,
  '--events',
  events,
];

describeWith('the code of an MFA device', [['bsdutils', script]], () => {
  it('is asked for once, before anything else, used for API and WebSocket, and recorded nowhere', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'by-code' });
    await using role = await aRoleWithMfa();
    const words = wordsFor(client, role.config);
    await using terminal = atTerminal(home, words);
    await terminal.until(`Code of the MFA device ${DEVICE}:`);
    terminal.enter('12345');
    await terminal.until('a code has six digits: 2 tries left');
    terminal.enter(CODE);
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
    expect(role.codes).toEqual([CODE]);
    const entries = await newRecord(sandbox, []);
    expect(JSON.stringify(entries)).not.toContain(CODE);
    expect(await client.status()).toBe('INACTIVE');
  });

  it('is asked for once for a client that is picked, too', async () => {
    await using role = await aRoleWithMfa();
    await using client = await aConnectedClient(sandbox, { clientId: 'picked-by-code' });
    await using terminal = atTerminal(home, [
      '--config',
      role.config,
      '--events',
      client.events,
      '--dry-run',
    ]);
    await terminal.until(`Code of the MFA device ${DEVICE}:`);
    terminal.enter(CODE);
    await terminal.until('Which of 1 clients?');
    terminal.press('enter');
    expect(await terminal.ended).toBe(0);
    expect(role.codes).toEqual([CODE]);
  });

  it('is asked for by an undo, and by doctor', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'undone-by-code' });
    const words = [client.clientId, '--config', sandbox.config, '--events', client.events, '--yes', '--json'];
    const { incident = '' } = evictionOf(await home.run([...words, '--hold', '0']));
    for (const asking of [['undo', incident, '--yes'], ['doctor']]) {
      await using role = await aRoleWithMfa();
      await using terminal = atTerminal(home, [...asking, '--config', role.config]);
      await terminal.until(`Code of the MFA device ${DEVICE}:`);
      terminal.enter(CODE);
      expect(await terminal.ended).toBe(0);
      expect(role.codes).toEqual([CODE]);
    }
    expect(await client.status()).toBe('ACTIVE');
  });

  it('that is asked for in spite of --yes, and that STS does not take, ends the run before anything is changed, and is not asked for again', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'by-wrong-code' });
    await using role = await aRoleWithMfa();
    await using terminal = atTerminal(home, [...wordsFor(client, role.config), '--yes']);
    await terminal.until(`Code of the MFA device ${DEVICE}:`);
    terminal.enter('000000');
    expect(await terminal.ended).toBe(4);
    expect(role.codes).toEqual(['000000']);
    expect(terminal.text()).toContain('run it again, with the code that the device shows then');
    expect(await client.status()).toBe('ACTIVE');
  });

  it.each([
    ['ctrl-c', 130],
    ['ctrl-d', 4],
  ] as const)('may be refused: %s', async (key, code) => {
    await using client = await aConnectedClient(sandbox, { clientId: `no-code-${key}` });
    await using role = await aRoleWithMfa();
    await using terminal = atTerminal(home, [...wordsFor(client, role.config), '--yes']);
    await terminal.until(`Code of the MFA device ${DEVICE}:`);
    terminal.press(key);
    expect(await terminal.ended).toBe(code);
    expect(role.codes).toEqual([]);
    expect(await client.status()).toBe('ACTIVE');
  });
});

it('without a terminal, the code of an MFA device is not asked for: denied, with what to do', async () => {
  await using client = await aConnectedClient(sandbox, { clientId: 'nobody-there' });
  await using role = await aRoleWithMfa();
  const ended = await home.run([...wordsFor(client, role.config), '--yes', '--json']);
  expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
    code: 4,
    verdict: 'denied',
    cause: {
      code: 'credentials-missing',
      message: expect.stringContaining(`${DEVICE}, and there is no terminal to ask on`),
      hint: expect.stringContaining('aws configure export-credentials'),
    },
  });
  expect(role.codes).toEqual([]);
});
