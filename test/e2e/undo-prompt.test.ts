import { AttachPolicyCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ALLOW_ALL, attachNewPolicy } from '../sandbox/a-device.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, type ConnectedClient, setStatus } from './a-scene.ts';
import { atTerminal, script, type TerminalOptions } from './a-terminal.ts';
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

/** Evicts it, and returns the incident. */
async function evicted({ clientId, events }: ConnectedClient, ...words: string[]): Promise<string> {
  const all = [clientId, '--config', sandbox.config, '--events', events, '--yes', '--json', '--hold', '0'];
  return evictionOf(await home.run([...all, ...words])).incident ?? '';
}

const undo = (incident: string, words: readonly string[] = [], options: TerminalOptions = {}) =>
  atTerminal(home, ['undo', incident, '--config', sandbox.config, ...words], { columns: 150, ...options });

const question = (clientId: string) => `Type the client ID "${clientId}" to give its access back:`;

describeWith('evict undo at a terminal', [['bsdutils', script]], () => {
  it('shows what would be taken back; the typed client ID does it', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'taken-back' });
    const incident = await evicted(client, '--case', 'INC-4711', '--reason', 'leaked key');
    await using terminal = undo(incident);
    await terminal.until(question('taken-back'));
    expect(terminal.text()).toMatch(
      new RegExp(`incident  ${incident}, evicted, by \\S+@\\S+, \\d+ m?s ago, INC-4711, leaked key`, 'u'),
    );
    expect(terminal.text()).toContain(`will      activate ${client.identity.arn}: INACTIVE → ACTIVE`);
    expect(await client.status()).toBe('INACTIVE');
    terminal.enter('Taken-Back');
    await terminal.until('2 tries left');
    terminal.enter('taken-back');
    await terminal.until('RESTORED');
    expect(await terminal.ended).toBe(0);
    expect(await client.status()).toBe('ACTIVE');
  });

  it('three wrong IDs take nothing back', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'kept' });
    await using terminal = undo(await evicted(client));
    await terminal.until(question('kept'));
    terminal.enter('x');
    await terminal.until('2 tries left');
    terminal.enter('');
    await terminal.until('1 try left');
    terminal.enter('kept ');
    expect(await terminal.ended).toBe(7);
    expect(terminal.text()).toContain('declined: not agreed to: nothing was taken back');
    expect(await client.status()).toBe('INACTIVE');
  });

  it.each([
    ['ctrl-d', 7, 'declined: not agreed to'],
    ['ctrl-c', 130, 'INTERRUPTED'],
  ] as const)('%s takes nothing back', async (key, code, says) => {
    await using client = await aConnectedClient(sandbox, { clientId: `kept-by-${key}` });
    const incident = await evicted(client);
    const before = await sandbox.snapshot();
    await using terminal = undo(incident);
    await terminal.until(question(client.clientId));
    terminal.press(key);
    expect(await terminal.ended).toBe(code);
    expect(terminal.text()).toContain(says);
    expect(await sandbox.snapshot()).toEqual(before);
    expect(await client.status()).toBe('INACTIVE');
    expect(
      evictionOf(await home.run(['undo', incident, '--config', sandbox.config, '--yes', '--json'])).verdict,
    ).toBe('restored');
  });

  it('says what is so already, and what somebody changed since', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'moved-on' });
    const { arn: target, certificateId } = client.identity;
    await attachNewPolicy(sandbox, { target, policy: ALLOW_ALL });
    const admin = ['--profile', 'default'];
    const incident = await evicted(client, '--action', 'deactivate', '--action', 'detach', ...admin);
    const { steps } = evictionOf(
      await home.run(['undo', incident, '--config', sandbox.config, '--dry-run', '--json', ...admin]),
    );
    const policyName = steps[0]?.policy;
    await sandbox.iot.send(new AttachPolicyCommand({ policyName, target }));
    await setStatus(sandbox, certificateId, 'ACTIVE');
    await using terminal = undo(incident, admin);
    await terminal.until(question('moved-on'));
    expect(terminal.text()).toContain(
      `already   attach policy ${policyName} on ${target}: attached → attached (already so)`,
    );
    expect(terminal.text()).toContain(`already   activate ${target}: ACTIVE → ACTIVE (already so)`);
    expect(terminal.text()).toContain('will      attach policy ');
    terminal.enter('moved-on');
    expect(await terminal.ended).toBe(0);
  });

  it('asks nothing where nothing can be taken back', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'drifted' });
    const incident = await evicted(client);
    await setStatus(sandbox, client.identity.certificateId, 'REVOKED');
    await using terminal = undo(incident, ['--force']);
    expect(await terminal.ended).toBe(7); // REVOKED is final
    expect(terminal.text()).not.toContain('Type the client ID');
  });

  it('asks nothing where there is nothing left to take back', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'already-back' });
    const incident = await evicted(client);
    await setStatus(sandbox, client.identity.certificateId, 'ACTIVE');
    await using terminal = undo(incident);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).not.toContain('Type the client ID');
  });

  it('elsewhere still wants --yes or --dry-run', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'elsewhere' });
    const ended = await home.run(['undo', await evicted(client), '--config', sandbox.config]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('needs --yes: there is no terminal to ask on (stdin is none)');
  });
});
