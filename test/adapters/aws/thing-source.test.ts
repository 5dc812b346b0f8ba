import { AttachThingPrincipalCommand, CreateThingCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { thingSource } from '../../../src/adapters/aws/thing-source.ts';
import { EvictError } from '../../../src/domain/errors.ts';
import type { ConnectionReader } from '../../../src/domain/cloud-ports.ts';
import type { SourceItem } from '../../../src/domain/source-ports.ts';
import { anIdentity } from '../../sandbox/a-device.ts';
import { aSandbox, type TestSandbox } from '../../sandbox/a-sandbox.ts';

let sandbox: TestSandbox;
let principal: string;
beforeAll(async () => {
  sandbox = await aSandbox();
  principal = (await anIdentity(sandbox)).arn;
  await sandbox.iot.send(new CreateThingCommand({ thingName: 'a-pump' }));
  await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName: 'a-pump', principal }));
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

async function candidates(clientId: string, connection: ConnectionReader['connection'], url?: string) {
  const source = thingSource({
    region: 'us-east-1',
    endpointUrl: url ?? sandbox.controlUrl,
    credentialsFile: join(sandbox.directory, 'aws/credentials'),
    configFile: join(sandbox.directory, 'aws/config'),
    toolVersion: 'test',
    connections: { connection, subscriptions: () => Promise.resolve([]) },
  });
  const found: SourceItem[] = [];
  const signal = AbortSignal.timeout(10_000);
  for await (const item of source.read({ for: 'client', clientId }, signal)) found.push(item);
  return found;
}

const refused = () => Promise.reject(new EvictError('access-denied', 'no', { hint: 'ask' }));

describe('the principals of a thing', () => {
  it('are those of the thing that GetConnection names, or else of one that is named like the client', async () => {
    const candidate = { kind: 'candidate', principal, thingName: 'a-pump' };
    const named = () => Promise.resolve({ connected: true, thingName: 'a-pump' });
    expect(await candidates('some-client', named)).toEqual([candidate]);
    expect(await candidates('a-pump', () => Promise.resolve(undefined))).toEqual([candidate]);
    expect(await candidates('a-pump', refused)).toEqual([candidate]);
  });

  it('are none where there is no such thing, or can be none of that name', async () => {
    for (const clientId of ['another-pump', 'a/pump', 'ü', 'p'.repeat(129)])
      expect(await candidates(clientId, refused)).toEqual([]);
  });

  it('are not known where AWS cannot be asked', async () => {
    await expect(candidates('a-pump', refused, 'http://127.0.0.1:9')).rejects.toMatchObject({
      code: 'endpoint-unreachable',
    });
  });
});
