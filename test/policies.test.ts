import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as control from '@aws-sdk/client-iot';
import * as data from '@aws-sdk/client-iot-data-plane';
import { describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ACTIONS } from '../src/domain/action.ts';
import type { Action } from '../src/domain/action.ts';
import { parsePolicyDocument } from '../src/sandbox/policy/document.ts';
import { actionsOf, POLICIES, readPolicy } from './sandbox/a-policy-directory.ts';

/** For IAM: an inline policy of a user has the narrowest limit, so that each file fits whatever it is pasted into. */
const IAM = [
  'respond.json',
  'respond-by-api.json',
  'undo.json',
  'dry-run-audit.json',
  'watch.json',
  'look-up-in-logs.json',
];
/** For AWS IoT, where a policy is attached to a certificate or a thing group. */
const IOT = ['respond-by-certificate.json', 'quarantine.json'];
const TEMPLATES = ['presence-history.yaml'];

/** Both services count without white space. (IAM and AWS STS quotas: 2,048 inline in a user, 6,144 managed; AWS IoT quotas: 2,048) */
const MAX_CHARACTERS = 2048;

/** CloudFormation quotas: a template's body in a request. */
const MAX_TEMPLATE_BYTES = 51_200;

const MQTT = ['Connect', 'Publish', 'Subscribe', 'Receive', 'RetainPublish'];
const operationsOf = (client: object) =>
  Object.keys(client)
    .filter((name) => name.endsWith('Command'))
    .map((name) => name.slice(0, -'Command'.length));
const NAMES = new Set([
  ...[...operationsOf(control), ...operationsOf(data), ...MQTT].map((name) => `iot:${name}`),
  ...operationsOf(logs).map((name) => `logs:${name}`),
]);

const textOf = (file: string) => readFile(join(POLICIES, file), 'utf8');

describe('policies', () => {
  it('are all known to these tests by their kind', async () => {
    expect((await readdir(POLICIES)).toSorted()).toEqual([...IAM, ...IOT, ...TEMPLATES].toSorted());
  });

  it.each([...IAM, ...IOT])('%s has the shape of a policy, and the sandbox can evaluate it', async (file) => {
    const { Statement } = readPolicy(file);
    const names = Statement.map(({ Sid }) => Sid).filter((name) => name !== undefined);
    expect(new Set(names).size).toBe(names.length);
    expect(parsePolicyDocument(await textOf(file))).not.toHaveProperty('problem');
  });

  it.each([...IAM, ...IOT])('%s is within the narrowest limit of where it may be put', async (file) => {
    const characters = (await textOf(file)).replaceAll(/\s/gu, '');
    expect(characters.length).toBeLessThanOrEqual(MAX_CHARACTERS);
  });

  it.each([...IAM, ...IOT])('%s allows actions that exist, each by its name', (file) => {
    for (const { Effect, Action } of readPolicy(file).Statement) {
      if (Effect === 'Allow') expect(Action.filter((name) => !NAMES.has(name))).toEqual([]);
    }
  });

  it('quarantine.json denies everything of AWS IoT, and is the only one with a wildcard among its actions', () => {
    expect(readPolicy('quarantine.json').Statement).toEqual([
      { Effect: 'Deny', Action: ['iot:*'], Resource: ['*'] },
    ]);
    for (const file of [...IAM, ...IOT].filter((one) => one !== 'quarantine.json')) {
      const actions = actionsOf(readPolicy(file));
      expect(actions.filter((name) => name.includes('*'))).toEqual([]);
    }
  });

  it.each([...IAM, ...IOT].filter((file) => file !== 'quarantine.json'))(
    '%s is bound to kinds of resources, where AWS IoT knows any for the action',
    (file) => {
      const unbound = readPolicy(file).Statement.filter(({ Resource }) => Resource.includes('*'));
      const actions = unbound.flatMap(({ Action }) => Action);
      // Service Authorization Reference: none has a resource type that is required. A Cognito identity has no ARN.
      const everywhere = new Set([
        'iot:AttachPolicy',
        'iot:DescribeEndpoint',
        'iot:DetachPolicy',
        'iot:GetEffectivePolicies',
        'iot:GetV2LoggingOptions',
        'iot:ListAttachedPolicies',
        'iot:ListPrincipalThings',
        'iot:ListTopicRules',
        'logs:StopQuery',
      ]);
      expect(actions.filter((name) => !everywhere.has(name))).toEqual([]);
    },
  );

  it.each(TEMPLATES)(
    '%s is a template of CloudFormation that allows no wildcard of actions',
    async (file) => {
      const text = await textOf(file);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_TEMPLATE_BYTES);
      const template: unknown = parse(text, { logLevel: 'silent' });
      expect(template).toMatchObject({
        AWSTemplateFormatVersion: '2010-09-09',
        Resources: { Rule: { Type: 'AWS::IoT::TopicRule' } },
      });
      expect(text).not.toMatch(/Action:.*\*/u);
    },
  );
});

describe('the permissions of the actions', () => {
  const allowedBy = (file: string) => new Set(actionsOf(readPolicy(file)));
  const actions = Object.values<Action>(ACTIONS);

  it.each(actions)('$id: are all in respond.json, those of its undo included', (action) => {
    const allowed = allowedBy('respond.json');
    expect([...action.permissions, ...action.undoPermissions].filter((one) => !allowed.has(one))).toEqual([]);
  });

  it.each(actions)('$id: are all in respond-by-api.json, if that is for it', ({ id, permissions }) => {
    const allowed = allowedBy('respond-by-api.json');
    expect(permissions.every((one) => allowed.has(one))).toBe(id !== 'detach');
  });

  it.each(actions.filter(({ reversible }) => reversible))(
    '$id: what its undo adds is in undo.json, which can do nothing else',
    ({ undoPermissions }) => {
      const allowed = allowedBy('undo.json');
      expect(undoPermissions.filter((one) => !allowed.has(one))).toEqual([]);
      for (const one of ['iot:DetachPolicy', 'iot:DeleteConnection', 'iot:Connect'])
        expect(allowed.has(one)).toBe(false);
    },
  );

  it('are none of dry-run-audit.json, where they change anything', () => {
    const allowed = [...allowedBy('dry-run-audit.json')];
    expect(allowed.filter((one) => !/^iot:(?:Describe|Get|List|Test)/u.test(one))).toEqual([]);
  });

  it('have a row each in docs/aws-setup.md, with what happens if it is refused', async () => {
    const rows = (await readFile('docs/aws-setup.md', 'utf8')).split('\n').map((line) => line.split('|'));
    const needed = [...IAM, 'respond-by-certificate.json'].flatMap((file) => actionsOf(readPolicy(file)));
    for (const action of new Set([...needed, 'sts:GetCallerIdentity'])) {
      const [row, ...more] = rows.filter(
        (cells) => cells.length === 6 && cells[1]?.trim() === `\`${action}\``,
      );
      expect({ action, more }).toEqual({ action, more: [] });
      expect({ action, cells: row?.slice(1, -1).filter((cell) => cell.trim() !== '').length }).toEqual({
        action,
        cells: 4,
      });
    }
  });
});
