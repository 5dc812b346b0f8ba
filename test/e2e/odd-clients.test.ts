import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { INCIDENT_ID } from '../../src/domain/incident.ts';
import { isPrintable } from '../../src/domain/printable.ts';
import { aDevice, anIdentity } from '../sandbox/a-device.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, connectedAs, type ConnectedClient } from './a-scene.ts';
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

const evict = ({ clientId, events }: Pick<ConnectedClient, 'clientId' | 'events'>, ...more: string[]) => {
  const options = ['--config', sandbox.config, '--events', events, '--yes', '--hold', '0', ...more];
  return home.run([...options, '--', clientId]);
};

/** The words that a shell calls `aws` with, command by command. */
function asTheShellCalls(commands: readonly string[]): string[][] {
  const script = `aws() { printf '%s\\0' "$@" END; }; ${commands.join('; ')}`;
  const said = execFileSync('bash', ['--noprofile', '--norc', '-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return said.split('END\0').map((call) => call.split('\0').slice(0, -1));
}

describe('a client ID', () => {
  // Each beside one that it would be taken for, if it were encoded, decoded, normalised or matched wrongly.
  it.each([
    ['with more slashes than a filter may have', 'a/b/c/d/e/f/g/h', 'a/b/c/d/e/f/g/i'],
    ['that is nothing but slashes', '/////', '////'],
    ['with a slash at its end', 'site/', 'site'],
    ['that climbs', 'things/../../x', 'x'],
    ['that is encoded already', '%2e%41%2F', '.A/'],
    ['of a query', 'a?cleanSession=false&b=c d', 'a'],
    ['of shell words', `"'\\$(id)\`;&|`, '"'],
    ['of control characters', 'red\u001B[31m\r\n\t\u0085', 'red'],
    ['that hides and turns round', '\uFEFFpump\u200B\u202E71-', 'pump71-'],
    ['of 128 bytes, most of them no ASCII', `${'ü🌡'.repeat(21)}xy`, 'ü🌡'.repeat(21)],
    ['that is an option', '--yes', '-yes'],
    ['that every object has', '__proto__', 'constructor'],
    ['that a shell takes for a path', '=x', 'x='],
  ])('%s is evicted, and nobody else', async (_, clientId, other) => {
    const identity = await anIdentity(sandbox);
    await using bystander = aDevice(sandbox, { identity, clientId: other });
    expect(await bystander.outcome).toBe('connected');
    await using client = await aConnectedClient(sandbox, { clientId });
    const ended = await evict(client, '--json', '--method', 'both');
    const document = evictionOf(ended);
    expect(document).toMatchObject({
      clientId,
      verdict: 'evicted',
      evidence: { connection: { connected: true } },
      proof: { by: 'sessionIdentifier', event: { clientId, disconnectReason: 'API_INITIATED_DISCONNECT' } },
      remaining: [],
    });
    expect(document.warnings.map(({ code }) => code)).not.toContain('connection-unknown');
    expect(connectedAs(sandbox, clientId)).toEqual([]);
    expect(connectedAs(sandbox, other)).toEqual([identity.certificateId]);
    expect(asTheShellCalls(document.equivalent)[1]).toContain(`--client-id=${clientId}`);
    for (const line of `${ended.stdout}${ended.stderr}`.split('\n')) expect(isPrintable(line)).toBe(true);
  });

  it.each(['.', '..'])('%s no URL can name: it is taken over, and the API is not asked', async (clientId) => {
    await using client = await aConnectedClient(sandbox, { clientId });
    const asked = await evict(client, '--json', '--method', 'api');
    expect(asked).toMatchObject({ code: 2, stdout: expect.stringContaining('cannot be named in a URL') });
    expect(await client.status()).toBe('ACTIVE');
    const document = evictionOf(await evict(client, '--json', '--method', 'both'));
    expect(document).toMatchObject({ verdict: 'evicted', proof: { by: 'sessionIdentifier' } });
    const codes = document.warnings.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['connection-unknown', 'api-refused']));
    expect(document.equivalent.join()).not.toContain('delete-connection');
  });

  it('is shown escaped, and names no file', async () => {
    const clientId = '../../\u001B[2J/\u202Epump';
    await using client = await aConnectedClient(sandbox, { clientId });
    const state = join(home.directory, 'state');
    const { code, stdout, stderr } = await evict(client, '--state-dir', state);
    expect(code).toBe(0);
    expect(stdout).toContain(String.raw`EVICTED: "../../\u{1b}[2J/\u{202e}pump"`);
    for (const line of `${stdout}${stderr}`.split('\n')) expect(isPrintable(line)).toBe(true);
    const kept = await readdir(state, { recursive: true });
    const records = kept.filter((name) => name.endsWith('.jsonl'));
    expect(records.map((name) => basename(name, '.jsonl'))).toEqual([expect.stringMatching(INCIDENT_ID)]);
    expect(kept.join()).toMatch(/^[\w,./-]+$/u);
    expect(kept.join()).not.toContain('pump');
  });
});
