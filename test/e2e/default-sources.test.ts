import {
  AttachThingPrincipalCommand,
  CreateThingCommand,
  SetV2LoggingOptionsCommand,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { aSelfSigned } from '../sandbox/a-certificate.ts';
import { aPolicyDirectory, readPolicy } from '../sandbox/a-policy-directory.ts';
import { anIdentity } from '../sandbox/a-device.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient } from './a-scene.ts';
import { aSignedConfig } from './a-signed-config.ts';
import { agree } from './at-the-prompt.ts';
import { aTlsFront } from './a-tls-front.ts';
import { atTerminal, script } from './a-terminal.ts';
import { describeWith } from './describe-with.ts';
import { aHome, evictionOf, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
let config: string;
beforeAll(async () => {
  const [respond, lookUp] = [readPolicy('respond.json'), readPolicy('look-up-in-logs.json')];
  const both = { ...respond, Statement: [...respond.Statement, ...lookUp.Statement] };
  await using policies = await aPolicyDirectory({ 'respond.json': both });
  [sandbox, home] = await Promise.all([aSandbox({ policies: policies.directory }), aHome()]);
  config = await aSignedConfig(sandbox, { events: [] });
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** A client of which no source knows, whose thing has that many certificates. */
async function anUnseenClient(thingName: string, others = 0) {
  const client = await aConnectedClient(sandbox, { clientId: thingName });
  await sandbox.iot.send(new CreateThingCommand({ thingName }));
  const more = await Promise.all(Array.from({ length: others }, () => anIdentity(sandbox)));
  const identities = [client.identity, ...more];
  for (const { arn: principal } of identities)
    await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal }));
  return { client, certificates: identities.map(({ certificateId }) => certificateId) };
}

const evict = (clientId: string, ...more: string[]) =>
  home.run([clientId, '--config', config, '--json', '--hold', '0', ...more]);

describe('where no source is named', () => {
  it('the only principal of its thing is a candidate, which is said, and what is proved of it is proved by the kick', async () => {
    const { client, certificates } = await anUnseenClient('only-one');
    const ended = await evict('only-one', '--yes');
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 0,
      verdict: 'evicted',
      sighting: {
        source: 'thing',
        confirmed: 'unknown',
        thingName: 'only-one',
        principal: { identifier: certificates[0] },
      },
      warnings: expect.arrayContaining([expect.objectContaining({ code: 'candidate-only' })]),
      proof: { by: 'displaced' },
    });
    expect(evictionOf(ended).sighting).not.toHaveProperty('event');
    expect(ended.stderr).toContain('thing: 1 candidate: a principal of its thing');
    expect(await client.status()).toBe('INACTIVE');
    await client[Symbol.asyncDispose]();
  });

  it('of several, none is contained unless it is named', async () => {
    const { client, certificates } = await anUnseenClient('one-of-two', 1);
    const ended = await evict('one-of-two', '--yes');
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 7,
      verdict: 'refused',
      cause: { code: 'several-principals' },
    });
    for (const certificate of certificates) expect(ended.stdout).toContain(certificate);
    const named = await evict('one-of-two', '--dry-run', '--principal', client.identity.certificateId);
    expect(evictionOf(named)).toMatchObject({
      verdict: 'planned',
      sighting: { source: 'thing', principal: { identifier: client.identity.certificateId } },
    });
    await client[Symbol.asyncDispose]();
  });

  it('where nothing at all is known, it is said which history there could have been', async () => {
    const ended = await evict('nobody', '--yes');
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 3,
      verdict: 'not-found',
      cause: {
        message: expect.stringContaining(
          'journal (there is no journal yet), cloudwatch (AWS IoT logging was',
        ),
        hint: expect.stringContaining('evict watch'),
      },
    });
    expect(ended.stderr.trimEnd().split('\n')).toEqual([
      '· look up   journal: there is no journal yet',
      '· look up   cloudwatch: AWS IoT logging was never set up in this region',
      '· look up   thing: nothing of this client',
      "· look up   rules: none of AWS IoT's rules keeps presence events",
    ]);
  });

  it('nobody is said not to be there where the log may not be read, unless the principal is named', async () => {
    await using strict = await aSandbox();
    await strict.iot.send(new SetV2LoggingOptionsCommand({ defaultLogLevel: 'INFO' }));
    const words = ['nobody', '--config', await aSignedConfig(strict, { events: [] }), '--json', '--dry-run'];
    expect(evictionOf(await home.run(words))).toMatchObject({
      verdict: 'denied',
      cause: { code: 'access-denied', hint: expect.stringContaining('logs:StartQuery') },
    });
    const { certificateId } = await anIdentity(strict);
    expect(evictionOf(await home.run([...words, '--principal', certificateId]))).toMatchObject({
      verdict: 'planned',
      sighting: { source: 'operator' },
      warnings: expect.arrayContaining([expect.objectContaining({ code: 'source-failed' })]),
    });
  });

  it('the log is found, and makes a candidate a sighting', async () => {
    await sandbox.iot.send(new SetV2LoggingOptionsCommand({ defaultLogLevel: 'INFO' }));
    const { client } = await anUnseenClient('logged', 1);
    const ended = await evict('logged', '--dry-run');
    expect(evictionOf(ended)).toMatchObject({
      verdict: 'planned',
      sighting: {
        source: expect.stringContaining('cloudwatch'),
        principal: { identifier: client.identity.certificateId },
        confirmed: 'yes',
      },
    });
    expect(ended.stderr).toMatch(/cloudwatch: \d+ events? of this client, the newest \d+ m?s old/u);
    await client[Symbol.asyncDispose]();
  });
});

describe('where an authority of its own opens TLS on a slow way', () => {
  it('each source is read to its end, whichever of them is done first', async () => {
    const certificate = await aSelfSigned({ subject: 'CN=a company' });
    let calls = 0;
    const slow = () => later(20 * (1 + (calls++ % 4)));
    await using front = await aTlsFront(sandbox.controlUrl, certificate, slow);
    const bundle = join(sandbox.directory, 'company.pem');
    await writeFile(bundle, [await sandbox.file('ca.pem'), certificate.cert].join('\n'));
    const behind = await aSignedConfig(sandbox, { events: [], ca: undefined, 'endpoint-url': front.url });
    const clients = Array.from({ length: 8 }, (_, index) => `dev-${index}`);
    const words = ['audit', ...clients, '--config', behind];
    const ended = await home.run(words, { env: { AWS_CA_BUNDLE: bundle } });
    expect(ended.stdout).toContain('8 clients: 8 not-found');
  });
});

describeWith('a candidate at the prompt', [['bsdutils', script]], () => {
  it('is chosen of several', async () => {
    const { client, certificates } = await anUnseenClient('chosen', 1);
    const words = ['chosen', '--config', config, '--events', 'thing', '--hold', '0'];
    await using terminal = atTerminal(home, words, { columns: 160 });
    await terminal.until('Which principal is the intruder?');
    for (const certificate of certificates) await terminal.until(`certificate ${certificate}, never seen`);
    await terminal.choose(client.identity.certificateId);
    await agree(terminal, { clientId: 'chosen' });
    expect(await terminal.ended).toBe(0);
    expect(await client.status()).toBe('INACTIVE');
    await client[Symbol.asyncDispose]();
  });
});
