import {
  CreatePolicyCommand,
  DescribeCertificateCommand,
  IoT,
  type IoTClient,
  ListCertificatesCommand,
  ListJobsCommand,
  ListPoliciesCommand,
  ListThingsCommand,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { splitUrl } from '../../src/sandbox/identity/request-url.ts';
import { listenOnLoopback, type Listening } from '../../src/sandbox/listening.ts';
import { controlPlane } from '../../src/sandbox/rest/planes.ts';
import { findRoute, type RestRequest } from '../../src/sandbox/rest/route.ts';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';
import { anError, BAD_REQUEST } from './an-error.ts';

let sandbox: TestSandbox;
let scribe: Scribe;

beforeAll(async () => {
  sandbox = await aSandbox();
  scribe = await aScribe();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await scribe[Symbol.asyncDispose]();
});

type Scribe = AsyncDisposable & { readonly requests: RestRequest[]; readonly iot: IoT };

/** A server that writes down what the SDK sends, and has nothing to say. */
async function aScribe(): Promise<Scribe> {
  const requests: RestRequest[] = [];
  const server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      const { path, query } = splitUrl(request.url ?? '');
      const { method = '', headers } = request;
      requests.push({
        method,
        path,
        query: new Map(query),
        headers,
        body: body === '' ? {} : JSON.parse(body),
      });
      response.end('{}');
    });
  });
  const listening: Listening = await listenOnLoopback(server, 0);
  const iot = new IoT({
    endpoint: `http://127.0.0.1:${listening.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
  });
  const close = async () => {
    iot.destroy();
    await listening[Symbol.asyncDispose]();
  };
  return { requests, iot, [Symbol.asyncDispose]: close };
}

const ARN = 'arn:aws:iot:us-east-1:123456789012';
const ID = 'ab'.repeat(32);
const CERT = `${ARN}:cert/${ID}`;
const COGNITO = 'us-east-1:01234567-89ab-cdef-0123-456789abcdef';
const [certificate, policy, version] = [
  { certificateId: ID },
  { policyName: 'p' },
  { policyName: 'p', policyVersionId: '1' },
];
const [thing, group] = [{ thingName: 't' }, { thingGroupName: 'g' }];
const document = { policyDocument: '{}' };
const tie = { thingName: 't', principal: CERT };
const attachment = { policyName: 'p', target: CERT };
const test = { principal: COGNITO, authInfos: [{ actionType: 'CONNECT' as const, resources: ['*'] }] };

/** What IAM is asked about, as in the Service Authorization Reference. */
const OPERATIONS: [operation: string, resources: string[], send: (iot: IoT) => Promise<unknown>][] = [
  ['CreateKeysAndCertificate', ['*'], (iot) => iot.createKeysAndCertificate({})],
  [
    'RegisterCertificate',
    ['*'],
    (iot) => iot.registerCertificate({ certificatePem: 'x', setAsActive: true }),
  ],
  ['RegisterCertificateWithoutCA', ['*'], (iot) => iot.registerCertificateWithoutCA({ certificatePem: 'x' })],
  [
    'DescribeCertificate',
    [CERT],
    (iot) => iot.describeCertificate({ certificateId: `0x${ID.toUpperCase()}` }),
  ],
  ['UpdateCertificate', [CERT], (iot) => iot.updateCertificate({ ...certificate, newStatus: 'REVOKED' })],
  ['DeleteCertificate', [CERT], (iot) => iot.deleteCertificate({ ...certificate, forceDelete: true })],
  ['ListCertificates', ['*'], (iot) => iot.listCertificates({ pageSize: 250, ascendingOrder: true })],
  ['CreatePolicy', [`${ARN}:policy/p`], (iot) => iot.createPolicy({ ...policy, ...document })],
  ['GetPolicy', [`${ARN}:policy/p`], (iot) => iot.getPolicy(policy)],
  ['DeletePolicy', [`${ARN}:policy/p`], (iot) => iot.deletePolicy(policy)],
  ['ListPolicies', ['*'], (iot) => iot.listPolicies({ pageSize: 1 })],
  ['CreatePolicyVersion', [`${ARN}:policy/p`], (iot) => iot.createPolicyVersion({ ...policy, ...document })],
  ['GetPolicyVersion', [`${ARN}:policy/p`], (iot) => iot.getPolicyVersion(version)],
  ['ListPolicyVersions', [`${ARN}:policy/p`], (iot) => iot.listPolicyVersions(policy)],
  ['SetDefaultPolicyVersion', [`${ARN}:policy/p`], (iot) => iot.setDefaultPolicyVersion(version)],
  ['DeletePolicyVersion', [`${ARN}:policy/p`], (iot) => iot.deletePolicyVersion(version)],
  ['AttachPolicy', [CERT], (iot) => iot.attachPolicy(attachment)],
  ['AttachPolicy', [COGNITO], (iot) => iot.attachPolicy({ ...attachment, target: COGNITO })],
  ['DetachPolicy', [CERT], (iot) => iot.detachPolicy(attachment)],
  ['ListAttachedPolicies', ['*'], (iot) => iot.listAttachedPolicies({ target: CERT, recursive: true })],
  ['ListTargetsForPolicy', [`${ARN}:policy/p`], (iot) => iot.listTargetsForPolicy(policy)],
  ['GetEffectivePolicies', [CERT], (iot) => iot.getEffectivePolicies(tie)],
  ['GetEffectivePolicies', ['*'], (iot) => iot.getEffectivePolicies(thing)],
  ['TestAuthorization', [COGNITO], (iot) => iot.testAuthorization({ ...test, clientId: 'a/b?c' })],
  ['CreateThing', [`${ARN}:thing/t`], (iot) => iot.createThing(thing)],
  ['DescribeThing', [`${ARN}:thing/t`], (iot) => iot.describeThing(thing)],
  ['UpdateThing', [`${ARN}:thing/t`], (iot) => iot.updateThing({ ...thing, expectedVersion: 1 })],
  ['DeleteThing', [`${ARN}:thing/t`], (iot) => iot.deleteThing({ ...thing, expectedVersion: 1 })],
  ['ListThings', ['*'], (iot) => iot.listThings({ maxResults: 1, usePrefixAttributeValue: false })],
  ['AttachThingPrincipal', [CERT], (iot) => iot.attachThingPrincipal(tie)],
  ['DetachThingPrincipal', [CERT], (iot) => iot.detachThingPrincipal(tie)],
  ['ListThingPrincipals', [`${ARN}:thing/t`], (iot) => iot.listThingPrincipals(thing)],
  ['ListThingPrincipalsV2', [`${ARN}:thing/t`], (iot) => iot.listThingPrincipalsV2(thing)],
  ['ListPrincipalThings', [CERT], (iot) => iot.listPrincipalThings({ principal: CERT })],
  ['ListPrincipalThingsV2', [CERT], (iot) => iot.listPrincipalThingsV2({ principal: CERT })],
  [
    'CreateThingGroup',
    [`${ARN}:thinggroup/g`],
    (iot) => iot.createThingGroup({ ...group, parentGroupName: 'h' }),
  ],
  ['DescribeThingGroup', [`${ARN}:thinggroup/g`], (iot) => iot.describeThingGroup(group)],
  [
    'DeleteThingGroup',
    [`${ARN}:thinggroup/g`],
    (iot) => iot.deleteThingGroup({ ...group, expectedVersion: 1 }),
  ],
  ['ListThingGroups', ['*'], (iot) => iot.listThingGroups({ parentGroup: 'g', recursive: true })],
  [
    'AddThingToThingGroup',
    [`${ARN}:thing/t`, `${ARN}:thinggroup/g`],
    (iot) => iot.addThingToThingGroup({ ...thing, ...group }),
  ],
  [
    'RemoveThingFromThingGroup',
    [`${ARN}:thing/t`, `${ARN}:thinggroup/g`],
    (iot) =>
      iot.removeThingFromThingGroup({
        thingArn: `${ARN}:thing/t`,
        thingGroupArn: `${ARN}:thinggroup/g`,
      }),
  ],
  ['ListThingGroupsForThing', [`${ARN}:thing/t`], (iot) => iot.listThingGroupsForThing(thing)],
  [
    'ListThingsInThingGroup',
    [`${ARN}:thinggroup/g`],
    (iot) => iot.listThingsInThingGroup({ ...group, recursive: true }),
  ],
  ['ListTopicRules', ['*'], (iot) => iot.listTopicRules({ maxResults: 10_000, ruleDisabled: true })],
  ['GetTopicRule', [`${ARN}:rule/r`], (iot) => iot.getTopicRule({ ruleName: 'r' })],
  ['DescribeEndpoint', ['*'], (iot) => iot.describeEndpoint({})],
  ['GetV2LoggingOptions', ['*'], (iot) => iot.getV2LoggingOptions({ verbose: true })],
  ['SetV2LoggingOptions', ['*'], (iot) => iot.setV2LoggingOptions({ disableAllLogs: true })],
];

describe('2.2 operations', () => {
  it.each(OPERATIONS)(
    '2.2.1 are found as the SDK writes them, and IAM is asked about what they touch: %s, %j',
    async (operation, resources, send) => {
      await send(scribe.iot);
      const [request] = scribe.requests.splice(0);
      const match = request && findRoute(controlPlane.routes, request);
      expect(match?.route).toMatchObject({ operation, permission: operation.replace(/V2$/u, '') });
      expect(match?.route.parse(match.input)).toMatchObject({ resources });
    },
  );

  it('2.2.2 refuse with the name, the status and the message of an error', async () => {
    const asking = sandbox.iot.send(new DescribeCertificateCommand(certificate));
    await expect(asking).rejects.toMatchObject(
      anError('ResourceNotFoundException', 404, `certificate ${ID} does not exist`),
    );
  });

  it('2.2.3 refuse what does not fit their shape, and say what', async () => {
    const misspelt = sandbox.iot.send(new DescribeCertificateCommand({ certificateId: 'pump' }));
    await expect(misspelt).rejects.toMatchObject(BAD_REQUEST);
    await expect(misspelt).rejects.toThrow('certificateId: not a certificate ID');
  });

  it.each([
    ['a page too large', (iot: IoTClient) => iot.send(new ListCertificatesCommand({ pageSize: 251 }))],
    ['an empty page', (iot: IoTClient) => iot.send(new ListThingsCommand({ maxResults: 0 }))],
    [
      'a token that was not given out',
      (iot: IoTClient) => iot.send(new ListThingsCommand({ nextToken: 'n' })),
    ],
    [
      'a marker that was not given out',
      (iot: IoTClient) => iot.send(new ListPoliciesCommand({ marker: '-1' })),
    ],
  ])('2.2.4 refuse %s', async (_what, send) => {
    await expect(send(sandbox.iot)).rejects.toMatchObject(BAD_REQUEST);
  });

  it('2.2.5 that the sandbox does not have are named as such', async () => {
    await expect(sandbox.iot.send(new ListJobsCommand({}))).rejects.toMatchObject(
      anError('UnknownOperationException', 404, 'the sandbox has no operation GET /jobs'),
    );
  });

  it('2.2.6 refuse a body of more than 64 KiB', async () => {
    const command = new CreatePolicyCommand({ policyName: 'large', policyDocument: 'x'.repeat(100_000) });
    await expect(sandbox.iot.send(command)).rejects.toMatchObject({ $metadata: { httpStatusCode: 413 } });
  });
});
