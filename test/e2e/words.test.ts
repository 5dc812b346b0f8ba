import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient } from './a-scene.ts';
import { aHome, evictionOf, type Home, onlyDocument } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** A whole response, without a hold unless one is asked for. */
const respond = (clientId: string, ...more: string[]) =>
  home.run([clientId, '--config', sandbox.config, '--yes', '--json', '--hold', '0', ...more]);
const isOwn = ({ clientId }: { clientId: string }) => /^evict-(?:watch|canary)-/u.test(clientId);

describe('words', () => {
  it.each([
    ['evict -- undo', (options: string[]) => [...options, '--', 'undo']],
    ['evict client undo', (options: string[]) => ['client', 'undo', ...options]],
  ])('%s evicts the client of that name', async (_, words) => {
    await using client = await aConnectedClient(sandbox, { clientId: 'undo' });
    const ended = await home.run(
      words(['--config', sandbox.config, '--events', client.events, '--yes', '--json', '--hold', '0']),
    );
    expect({ code: ended.code, document: evictionOf(ended) }).toMatchObject({
      code: 0,
      document: { clientId: 'undo', verdict: 'evicted' },
    });
  });

  it('--cert without --key is said, and not passed over, in a dry run, too', async () => {
    const ended = await home.run([
      'x',
      '--events',
      sandbox.config,
      '--cert',
      'cert.pem',
      '--dry-run',
      '--json',
    ]);
    expect(ended.code).toBe(2);
    expect(onlyDocument(ended)).toMatchObject({ kind: 'error', code: 'bad-option' });
  });

  it('without --yes nothing is done, and that is said', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'unconfirmed' });
    const words = ['unconfirmed', '--config', sandbox.config, '--json'];
    const ended = await home.run(words);
    expect(ended.code).toBe(2);
    expect(onlyDocument(ended)).toMatchObject({ version: 1, kind: 'error', code: 'needs-yes' });
    expect(ended.stderr).toContain('--yes');
    const agreed = await home.run(words, { env: { EVICT_YES: 'true' } }); // speaks for one run only: a flag only
    expect(onlyDocument(agreed)).toMatchObject({ kind: 'error', code: 'bad-option' });
    expect(await client.status()).toBe('ACTIVE');
  });

  it.each([
    ['a profile names', {}],
    ['AWS_DEFAULT_REGION names, as for the AWS CLI', { AWS_DEFAULT_REGION: 'us-east-1' }],
  ])('the region that %s is used, and said', async (_, env) => {
    await using client = await aConnectedClient(sandbox, { clientId: `region-${Object.keys(env).length}` });
    const config = join(sandbox.directory, `without-region-${Object.keys(env).length}.yaml`);
    const lines = (await readFile(sandbox.config, 'utf8')).split('\n');
    await writeFile(config, lines.filter((line) => !line.startsWith('region:')).join('\n'));
    const profiles = join(home.directory, 'aws-config');
    await writeFile(profiles, '[profile responder]\nregion = us-east-1\n');
    const ended = await home.run(
      [client.clientId, '--config', config, '--events', client.events, '--dry-run', '--json'],
      { env: Object.keys(env).length > 0 ? env : { AWS_CONFIG_FILE: profiles } },
    );
    const { verdict, target, equivalent } = evictionOf(ended);
    expect({ verdict, region: target?.region }).toEqual({ verdict: 'planned', region: 'us-east-1' });
    expect(equivalent[0]).toContain('--region us-east-1');
  });

  it('progress goes to stderr, step by step, and --quiet silences it', async () => {
    await using loud = await aConnectedClient(sandbox, { clientId: 'loud' });
    await using quiet = await aConnectedClient(sandbox, { clientId: 'quiet' });
    const said = await respond(loud.clientId, '--hold', '500ms');
    const steps = ['look up', 'plan', 'watch', 'deactivate', 'takeover', 'verify', 'hold'];
    const places = steps.map((step) => said.stderr.indexOf(`✓ ${step}`));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, two) => one - two));
    expect(said.stderr).not.toContain('\u001b'); // no colour where there is no terminal
    expect(onlyDocument(said)).toMatchObject({ verdict: 'evicted' });

    const unsaid = await respond(quiet.clientId, '--quiet');
    expect({ code: unsaid.code, stderr: unsaid.stderr }).toEqual({ code: 0, stderr: '' });
    expect(onlyDocument(unsaid)).toMatchObject({ verdict: 'evicted' });
  });

  it('leaves no connection of its own behind', async () => {
    await eventually(() => (sandbox.truth().connections.some(isOwn) ? undefined : true));
    expect(sandbox.truth().connections.filter(isOwn)).toEqual([]);
  });
});

describe('the sandbox and the demo', () => {
  it('sandbox --json prints one line with all its doors, and Ctrl-C ends it with 0', async () => {
    const directory = `${home.directory}/drill`;
    const running = home.start(['sandbox', '--json', '--directory', directory]);
    await running.said('\n', 'stdout');
    running.kill('SIGINT');
    const ended = await running.ended;
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code: 0, signal: null });
    expect(onlyDocument(ended)).toStrictEqual({
      version: 1,
      kind: 'sandbox',
      directory,
      config: `${directory}/config.yaml`,
      controlUrl: expect.stringMatching(/^http:\/\/(?:127\.0\.0\.1|localhost):\d+$/u),
      mqttsUrl: expect.stringMatching(/^mqtts:\/\/(?:127\.0\.0\.1|localhost):\d+$/u),
      wssUrl: expect.stringMatching(/^wss:\/\/(?:127\.0\.0\.1|localhost):\d+\/mqtt$/u),
      adminUrl: expect.stringMatching(/^http:\/\/(?:127\.0\.0\.1|localhost):\d+$/u),
    });
  });

  it('demo --json prints the eviction document of the whole response', async () => {
    const ended = await home.run(['demo', '--json', '--hold', '1s'], {
      env: { EVICT_HOLD: 'nonsense', AWS_PROFILE: 'somebody-else' }, // the demo has nothing to do with them
    });
    expect(ended.code).toBe(0);
    expect(evictionOf(ended)).toMatchObject({
      kind: 'eviction',
      verdict: 'evicted',
      contained: 'yes',
      proof: { by: 'sessionIdentifier', event: { disconnectReason: 'DUPLICATE_CLIENTID' } },
      hold: { completed: true },
    });
    expect(ended.stderr).toContain('refused');
  });
});
