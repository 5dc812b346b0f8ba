import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { aBucket } from '../adapters/aws/a-bucket.ts';
import { aLogsServer } from '../adapters/aws/a-logs-server.ts';
import { aTable } from '../adapters/aws/a-table.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, type ConnectedClient } from './a-scene.ts';
import { aSignedConfig } from './a-signed-config.ts';
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

/** Names no source: the rule tells where its history is. */
const byDefault = async (clientId: string, url: string) => {
  const config = await aSignedConfig(sandbox, { events: [] });
  return home.run([clientId, '--config', config, '--dry-run', '--json'], {
    env: { AWS_ENDPOINT_URL_DYNAMODB: url },
  });
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

  it('is found where no source is named, for the rule tells of it', async () => {
    await using table = await aTable(undefined, 'History');
    await table.put(await kept());
    const ended = await byDefault(client.clientId, table.url);
    expect(evictionOf(ended)).toMatchObject({
      verdict: 'planned',
      sighting: {
        source: 'dynamodb:History',
        principal: { identifier: client.identity.certificateId },
        confirmed: 'yes',
      },
      blastRadius: { known: { clients: expect.stringMatching(/^since /u) } },
    });
    expect(ended.stderr).toContain('rules: keep presence events in dynamodb:History');
    expect(ended.stderr).toMatch(/dynamodb:History: \d+ events? of this client, the newest /u);

    const words = ['doctor', '--config', await aSignedConfig(sandbox, { events: [] }), '--json'];
    const { stdout } = await home.run(words, { env: { AWS_ENDPOINT_URL_DYNAMODB: table.url } });
    expect(JSON.parse(stdout)).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({ id: 'events:rules', status: 'ok', message: 'lead to dynamodb:History' }),
        expect.objectContaining({ id: 'events:dynamodb:History', status: 'ok' }),
      ]),
    });
  });

  it('that the rule names, and that is not there, is missing; that may not be read, has not been looked in', async () => {
    await using table = await aTable();
    expect(evictionOf(await byDefault('nobody', table.url))).toMatchObject({
      verdict: 'not-found',
      cause: {
        message: expect.stringMatching(
          /dynamodb:History \(there is no DynamoDB table "History" .*: AWS IoT's rule Rule names it\)/u,
        ),
      },
    });
    await using refusing = await aLogsServer(() => 'AccessDeniedException');
    const ended = await byDefault('nobody', refusing.url);
    expect(evictionOf(ended)).toMatchObject({ verdict: 'denied', cause: { code: 'access-denied' } });
    expect(ended.stderr).toContain('dynamodb:History could not be read');
  });
});
