import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { aBucket } from '../adapters/aws/a-bucket.ts';
import { aTable } from '../adapters/aws/a-table.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, type ConnectedClient } from './a-scene.ts';
import { aHome, evictionOf, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
let client: ConnectedClient;
beforeAll(async () => {
  const rule = await readFile('policies/presence-history.yaml', 'utf8');
  [sandbox, home] = await Promise.all([aSandbox({ intruder: 'pump-17', rule }), aHome()]);
  client = await aConnectedClient(sandbox, { clientId: 'pump/18 ü' });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const item = z.looseObject({ clientId: z.string() });

/** What the rule of the template has put into its table so far, once both clients are in it. */
const kept = () =>
  eventually(async () => {
    const text = await readFile(join(sandbox.directory, 'rule', 'History.jsonl'), 'utf8').catch(() => '');
    const items = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => item.parse(JSON.parse(line)));
    return items.length >= 2 ? items : undefined;
  });

const lookUp = async (clientId: string, events: string, env: Record<string, string>) => {
  const words = [clientId, '--config', sandbox.config, '--events', events, '--dry-run', '--json'];
  return evictionOf(await home.run(words, { env }));
};

describe('the history that the rule of presence-history.yaml keeps', () => {
  it('is a table in which a client is found, however late and often its events came', async () => {
    await using table = await aTable();
    const items = await kept();
    await table.put([...items.toReversed(), ...items]);
    for (const [clientId, principal] of [
      ['pump-17', sandbox.truth().connections.find((one) => one.clientId === 'pump-17')?.principal],
      [client.clientId, client.identity.certificateId],
    ] as const) {
      const env = { AWS_ENDPOINT_URL_DYNAMODB: table.url };
      expect(await lookUp(clientId, `dynamodb:${table.name}`, env)).toMatchObject({
        verdict: 'planned',
        sighting: {
          source: 'dynamodb:presence',
          event: { clientId, sk: expect.stringContaining('#connected#') },
          principal: { identifier: principal },
          confirmed: 'yes',
        },
      });
    }
  });

  it('may as well be a bucket, with an object for each event', async () => {
    await using bucket = await aBucket();
    for (const [index, one] of (await kept()).entries())
      bucket.put(`presence/${one.clientId}/${index}.json`, JSON.stringify(one), new Date());
    const env = { AWS_ENDPOINT_URL_S3: bucket.url };
    expect(await lookUp(client.clientId, 's3://history/presence', env)).toMatchObject({
      verdict: 'planned',
      sighting: {
        source: expect.stringMatching(/^s3:\/\/history\/presence\/pump\/18 ü\/\d+\.json$/u),
        principal: { identifier: client.identity.certificateId },
      },
    });
  });

  it('that is not there is told by its name, before anything else', async () => {
    await using table = await aTable();
    const words = [
      'pump-17',
      '--config',
      sandbox.config,
      '--events',
      'dynamodb:absent',
      '--dry-run',
      '--json',
    ];
    const { code, stdout } = await home.run(words, { env: { AWS_ENDPOINT_URL_DYNAMODB: table.url } });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'error', message: expect.stringContaining('"absent"') });
  });
});
