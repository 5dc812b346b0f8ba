import {
  AttachThingPrincipalCommand,
  CreateThingCommand,
  ListAttachedPoliciesCommand,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ALLOW_ALL, anIdentity, attachNewPolicy } from '../sandbox/a-device.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, connectedAs, statusOf } from './a-scene.ts';
import { script } from './a-terminal.ts';
import { describeWith } from './describe-with.ts';
import { agree, evictAsking, GO_AHEAD, incidentsOf, LEAVE, newRecord } from './at-the-prompt.ts';
import { aHome, evictionOf, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
let known: string[];
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
beforeEach(async () => {
  known = await incidentsOf(sandbox);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** Wide, so that no line of a list is broken. */
const evict = (sighted: { clientId: string; events: string }, words: readonly string[] = []) =>
  evictAsking({ sandbox, home }, sighted, { words, columns: 150 });

/** Who may read and do everything. */
const ADMINISTRATOR = ['--profile', 'default'];

/** What of itself lets nobody connect. */
const HARMLESS = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'iot:Publish', Resource: 'arn:aws:iot:us-east-1:123456789012:topic/t' },
  ],
};

/** A file that says that the client is connected with this principal, whoever it is. */
async function eventsOf(clientId: string, principalIdentifier: string): Promise<string> {
  const event = {
    clientId,
    timestamp: Date.now() - 5_000,
    eventType: 'connected',
    sessionIdentifier: `session-of-${clientId}`,
    principalIdentifier,
    ipAddress: '192.0.2.7',
    versionNumber: 3,
  };
  const file = join(home.directory, `${clientId}.jsonl`);
  await writeFile(file, `${JSON.stringify(event)}\n`);
  return file;
}

describeWith('a choice at the prompt', [['bsdutils', script]], () => {
  it('of the principal, where several were seen: the chosen one is contained', async () => {
    const clientId = 'hijacked';
    await using victim = await aConnectedClient(sandbox, { clientId });
    await using hijacker = await aConnectedClient(sandbox, { clientId });
    const events = join(sandbox.directory, 'events.jsonl');
    await using terminal = evict({ clientId, events });
    await terminal.until('Which principal is the intruder?');
    await terminal.until(LEAVE); // the list's last row
    expect(terminal.text()).toMatch(
      new RegExp(`${hijacker.identity.certificateId}, 1 session, last .+, from 127`, 'u'),
    );
    expect(terminal.text()).toMatch(
      new RegExp(`${victim.identity.certificateId}, 1 session, ended, last `, 'u'),
    );
    await terminal.choose(victim.identity.certificateId);
    await terminal.until(GO_AHEAD);
    expect(terminal.text()).toContain(`will      deactivate ${victim.identity.arn}`);

    await terminal.choose('choose the principal'); // it may be thought over
    await terminal.choose(`certificate ${hijacker.identity.certificateId}`);
    await terminal.until(`will      deactivate ${hijacker.identity.arn}`);
    await agree(terminal, { clientId });
    expect(await terminal.ended).toBe(0);
    expect([await hijacker.status(), await victim.status()]).toEqual(['INACTIVE', 'ACTIVE']);
    expect(await newRecord(sandbox, known)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'decided', decision: 'changed', lifted: ['--principal'] }),
      ]),
    );
  });

  it('of the actions: only those that fit the kind, and only together if they can be', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'other-action' });
    await using terminal = evict(client, ADMINISTRATOR);
    await terminal.choose('change the action (now: deactivate)');
    await terminal.until('none: kick only');
    for (const action of ['deactivate:', 'revoke:', 'detach:', 'none:'])
      expect(terminal.text()).toContain(action);
    await terminal.toggle('none:');
    terminal.press('enter');
    await terminal.until('> "none" removes no access and goes with no other action');
    await terminal.toggle('none:');
    await terminal.toggle('deactivate:');
    await terminal.toggle('detach:');
    terminal.press('enter');
    await terminal.until('will      detach policy policy-');
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
    expect(await client.status()).toBe('ACTIVE');
    const { policies } = await sandbox.iot.send(
      new ListAttachedPoliciesCommand({ target: client.identity.arn }),
    );
    expect(policies).toEqual([]);
  });

  it('of the policies to detach', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'two-policies' });
    const target = client.identity.arn;
    const kept = await attachNewPolicy(sandbox, { target, policy: HARMLESS });
    await using terminal = evict(client, ['--action', 'detach', ...ADMINISTRATOR]);
    await terminal.choose('change the policies (now: all)');
    await terminal.until('Detach which policies?');
    await terminal.toggle(kept);
    terminal.press('enter');
    await terminal.until('change the policies (now: 1)');
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
    const { policies } = await sandbox.iot.send(new ListAttachedPoliciesCommand({ target }));
    expect(policies?.map(({ policyName }) => policyName)).toEqual([kept]);
  });

  it('of the method, where the connection API answers', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'by-api' });
    await using terminal = evict(client, ADMINISTRATOR);
    await terminal.until('confirmed yes: GetConnection says connected for ');
    await terminal.choose('change the method (now: takeover)');
    await terminal.choose('api: DeleteConnection');
    await terminal.until('will      api: drop the connection by DeleteConnection');
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toContain('the API accepted to drop the connection');
    expect(connectedAs(sandbox, client.clientId)).toEqual([]);
  });

  it('of the Cognito identity, which no event names', async () => {
    const config = await sandbox.file('aws/config');
    const identityId = /^cognito_identity_id = (.+)$/mu.exec(config)?.[1] ?? '';
    await attachNewPolicy(sandbox, { target: identityId, policy: ALLOW_ALL });
    const clientId = 'an-app';
    const events = await eventsOf(clientId, 'AROAEXAMPLEEXAMPLEAAA:CognitoIdentityCredentials');
    await using terminal = evict({ clientId, events });
    await terminal.until('BLOCKED   identity-needed');
    await terminal.choose('name the Cognito identity');
    await terminal.until('The ID of the Cognito identity (region:uuid):');
    terminal.enter('somebody');
    await terminal.until('"somebody" is no ID of an identity, such as eu-west-1:2c1d…: 2 tries left');
    terminal.enter(identityId);
    await terminal.until(`on ${identityId}: attached → detached`);
    await terminal.choose(LEAVE);
    expect(await terminal.ended).toBe(7);
    expect((await newRecord(sandbox, known)).at(-1)).toMatchObject({ cause: { code: 'declined' } });
  });

  it('of an action, where none fits by itself', async () => {
    const clientId = 'a-user';
    await using terminal = evict({ clientId, events: await eventsOf(clientId, 'AIDAEXAMPLEEXAMPLEAAA') });
    await terminal.until('BLOCKED   no-action');
    await terminal.choose('change the action (now: none fits)');
    await terminal.until('Which actions?');
    terminal.press('enter');
    await terminal.until('> at least one');
    await terminal.toggle('none: kick only');
    terminal.press('enter');
    await terminal.until('will      none: leave its access as it is');
    await terminal.choose(LEAVE);
    expect(await terminal.ended).toBe(7);
  });
});

describeWith('a blocker at the prompt', [['bsdutils', script]], () => {
  it('shared-principal is lifted by the number of those that are hit', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'shared-1' });
    for (const thingName of ['shared-1', 'shared-2', 'shared-3']) {
      await sandbox.iot.send(new CreateThingCommand({ thingName }));
      await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal: client.identity.arn }));
    }
    await using terminal = evict(client);
    await terminal.until('BLOCKED   shared-principal');
    expect(terminal.text()).toContain('3 in all; things shared-1, shared-2, shared-3 (complete)');
    await terminal.choose('go ahead all the same');
    await terminal.until('shared-principal: type "3" to cut all 3 clients and things off');
    terminal.enter('4');
    await terminal.until('"4" is not "3"');
    terminal.enter('3');
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
    expect(await client.status()).toBe('INACTIVE');
    expect(await newRecord(sandbox, known)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'decided', decision: 'changed', lifted: ['--allow-shared'] }),
      ]),
    );
  });

  it('stands where the wrong word is typed three times', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'shared-4' });
    for (const thingName of ['shared-4', 'shared-5']) {
      await sandbox.iot.send(new CreateThingCommand({ thingName }));
      await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal: client.identity.arn }));
    }
    await using terminal = evict(client);
    await terminal.choose('go ahead all the same');
    await terminal.until('type "2" to cut');
    terminal.enter('yes');
    await terminal.until('2 tries left');
    terminal.enter('y');
    await terminal.until('1 try left');
    terminal.enter('all');
    expect(await terminal.ended).toBe(7);
    expect(terminal.text()).toContain('cause     shared-principal: others use the same principal');
    expect(await client.status()).toBe('ACTIVE');
  });

  it('blast-radius-unknown is lifted by a word', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'unknown-reach' });
    const { id } = sandbox.faults.add({ fault: 'throttle', operation: 'ListPrincipalThingsV2' });
    const { id: older } = sandbox.faults.add({ fault: 'throttle', operation: 'ListPrincipalThings' });
    await using terminal = evict(client);
    await terminal.choose('go ahead all the same');
    await terminal.until('blast-radius-unknown: type "unknown" to go on although nobody knows');
    terminal.enter('Unknown');
    await terminal.until('"Unknown" is not "unknown"');
    terminal.enter('unknown');
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
    expect(await client.status()).toBe('INACTIVE');
    for (const fault of [id, older]) sandbox.faults.remove(fault);
  });

  it('own-principal is lifted by saying so', async () => {
    const { raw } = new X509Certificate(await sandbox.file('responder/cert.pem'));
    const own = Buffer.from(await crypto.subtle.digest('SHA-256', raw)).toString('hex');
    const clientId = 'my-own-console';
    await using terminal = evict({ clientId, events: await eventsOf(clientId, own) });
    await terminal.until('BLOCKED   own-principal');
    await terminal.choose('go ahead all the same');
    await terminal.until(`own-principal: type "my own" to go on although the principal is a responder's`);
    terminal.enter('mine');
    await terminal.until('"mine" is not "my own"');
    terminal.enter('my own');
    await terminal.choose(GO_AHEAD);
    await terminal.until('Type the client ID');
    terminal.press('ctrl-c');
    expect(await terminal.ended).toBe(130);
    expect(await statusOf(sandbox, own)).toBe('ACTIVE');
  });

  it('own-role is lifted by saying so, once there is an action', async () => {
    const clientId = 'a-colleague';
    const asRole = [clientId, '--config', sandbox.config, '--profile', 'responder-role'];
    const { responder } = evictionOf(await home.run([...asRole, '--dry-run', '--json']));
    const [role = ''] = (responder?.principal ?? '').split(':');
    expect(role).toMatch(/^AROA/u);
    const events = await eventsOf(clientId, `${role}:colleague`);
    await using terminal = evict({ clientId, events }, ['--profile', 'responder-role', '--action', 'none']);
    await terminal.until('BLOCKED   own-role');
    await terminal.choose('go ahead all the same');
    await terminal.until('own-role: type "my own" to go on');
    terminal.enter('My Own');
    await terminal.until('"My Own" is not "my own"');
    terminal.enter('my own');
    await terminal.choose(LEAVE);
    expect(await terminal.ended).toBe(7);
    expect(await newRecord(sandbox, known)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ decision: 'changed', lifted: ['--allow-own', '--action none'] }),
      ]),
    );
  });

  it('irreversible is lifted by the first digits of the certificate', async () => {
    const identity = await anIdentity(sandbox);
    await using client = await aConnectedClient(sandbox, { clientId: 'for-good', identity });
    await using terminal = evict(client, ['--action', 'revoke']);
    await terminal.until('no undo   revoke: none: REVOKED is final');
    await terminal.choose('go ahead all the same');
    const digits = identity.certificateId.slice(0, 8);
    await terminal.until(`irreversible: type "${digits}" to revoke the certificate with these first digits`);
    terminal.enter(identity.certificateId);
    await terminal.until('2 tries left');
    terminal.enter(digits);
    await agree(terminal, client);
    expect(await terminal.ended).toBe(0);
    expect(await client.status()).toBe('REVOKED');
  });
});
