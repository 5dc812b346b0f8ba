import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { EvictionDocument } from '../../src/domain/document.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, connectedAs } from './a-scene.ts';
import { aSignedConfig } from './a-signed-config.ts';
import { aHome, evictionOf, type Home } from './run.ts';

/** As AWS takes them: one CONNECT a second; and events that come later than that. */
const PROMPT: readonly { fault: string; ms: number }[] = [];
const LATE = [{ fault: 'event-delay', ms: 1_500 }];

let home: Home;
beforeAll(async () => {
  home = await aHome();
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

/** Temporary credentials of the responder's role, as an environment. */
async function inSession({ sts }: TestSandbox, RoleSessionName: string) {
  const RoleArn = 'arn:aws:iam::123456789012:role/responder';
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
}

/** Whoever comes second may have begun to listen only when the client was gone already. */
const TRUE_CAUSES = ['other-responder', 'no-proof'];

const takeoversOf = ({ steps }: EvictionDocument) =>
  steps.filter(({ id, status }) => id === 'takeover' && status === 'done').length;

describe('two responders who evict one client at once, from different machines,', () => {
  it.each([
    ['as two sessions of a role', ['alice', 'bob'], PROMPT],
    ['as two sessions of a role, while events are late', ['alice', 'bob'], LATE],
    ['as one session of a role', ['alice', 'alice'], PROMPT],
  ])('%s, do not fight for the client ID, and both end with the truth', async (_, names, faults) => {
    await using sandbox = await aSandbox({ faults });
    await using client = await aConnectedClient(sandbox, { clientId: 'contested' });
    const nowhere = { profile: undefined, 'aws-credentials-file': undefined, 'aws-config-file': undefined };
    const config = await aSignedConfig(sandbox, nowhere);
    const words = [
      'contested',
      '--config',
      config,
      '--events',
      client.events,
      '--yes',
      '--json',
      '--timeout',
      '5s',
      '--hold',
      '6s',
    ];
    const runs = await Promise.all(
      names.map(async (name, index) => {
        const state = ['--state-dir', join(sandbox.directory, `state-${index}`)];
        return home.run([...words, ...state], {
          env: await inSession(sandbox, name),
          timeoutMs: 60_000,
        });
      }),
    );
    const documents = runs.map(evictionOf);
    for (const { verdict, contained, cause } of documents) {
      expect(contained).toBe('yes');
      if (verdict === 'unverified') expect(TRUE_CAUSES).toContain(cause?.code);
      else expect(['evicted', 'not-connected']).toContain(verdict);
    }
    expect(documents.some(({ cause }) => cause?.code === 'other-responder')).toBe(true);
    expect(documents.map(takeoversOf).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4);
    expect(connectedAs(sandbox, 'contested')).toEqual([]);
  });
});
