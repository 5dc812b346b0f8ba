import { randomUUID } from 'node:crypto';
import { certificateArn, policyArn, thingArn } from './identity/account.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type Credential,
} from './identity/certificate-authority.ts';
import { type PolicyFile, readPolicyFiles } from './identity/policy-files.ts';
import { type Residents, settle } from './identity/residents.ts';
import { parsePolicyDocument } from './policy/document.ts';
import { createRegistry, type Registry, thingName } from './registry/registry.ts';
import { begin } from './registry/timeline.ts';

/** The account behind the doors: what is registered in it, and who owns which secret. */
export type Cloud = Residents & {
  readonly authority: CertificateAuthority;
  readonly registry: Registry;
  readonly server: Credential;
  readonly responder: Credential;
  readonly intruder: Credential | undefined;
};

type CloudOptions = {
  readonly intruder: string | undefined;
  /** Instead of this package's own. */
  readonly policies: string | undefined;
  readonly now: number;
};

/** What a device of the fleet may do: speak in its own name and in the fleet's, and hear what is said to it. */
const FLEET_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'iot:Connect', Resource: 'arn:aws:iot:*:*:client/*' },
    {
      Effect: 'Allow',
      Action: ['iot:Publish', 'iot:RetainPublish', 'iot:Receive'],
      Resource: 'arn:aws:iot:*:*:topic/fleet/*',
    },
    { Effect: 'Allow', Action: 'iot:Subscribe', Resource: 'arn:aws:iot:*:*:topicfilter/fleet/*' },
  ],
});

/** The account as it is before anybody connects: its people, a responder by certificate, and an intruder if one is wanted. */
export async function createCloud({ intruder: intruderId, policies, now }: CloudOptions): Promise<Cloud> {
  const files = readPolicyFiles(policies);
  const authority = await createCertificateAuthority();
  const [server, responder, intruder] = await Promise.all([
    authority.issueServer(),
    authority.issueDevice(),
    intruderId === undefined ? undefined : authority.issueDevice(),
  ]);
  const registry = createRegistry();
  addPolicy(registry, { name: 'responder', file: files.certificate, now });
  provision(registry, { credential: responder, policy: 'responder', now });
  if (intruder !== undefined) {
    const file = { text: FLEET_POLICY, document: readable(FLEET_POLICY) };
    addPolicy(registry, { name: 'fleet', file, now });
    provision(registry, { credential: intruder, policy: 'fleet', thing: intruderId, now });
  }
  return { authority, registry, server, responder, intruder, ...settle(files, now) };
}

function readable(text: string) {
  const parsed = parsePolicyDocument(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

type NewPolicy = { readonly name: string; readonly file: PolicyFile; readonly now: number };

function addPolicy({ policies }: Registry, { name, file, now }: NewPolicy): void {
  const version = { id: '1', ...file, createdAt: now };
  const arn = policyArn(name);
  policies.set(name, {
    name,
    arn,
    versions: [version],
    default: begin(version, now),
    createdAt: now,
    lastVersion: 1,
  });
}

type Provisioned = {
  readonly credential: Credential;
  readonly policy: string;
  readonly thing?: string | undefined;
  readonly now: number;
};

/** Registers a certificate as ACTIVE with its policy, and its thing where the name can be a thing's. */
function provision(registry: Registry, { credential, policy, thing, now }: Provisioned): void {
  const { certificateId, certificatePem: pem } = credential;
  const arn = certificateArn(certificateId);
  registry.certificates.set(certificateId, { certificateId, arn, pem, status: begin('ACTIVE', now) });
  registry.policiesOf.set(arn, policy, { linked: true, at: now });
  if (thing === undefined || !thingName.safeParse(thing).success) return;
  const attributes = new Map<string, string>();
  registry.things.set(thing, { name: thing, arn: thingArn(thing), id: randomUUID(), attributes, version: 1 });
  registry.thingsOf.set(arn, thing, { linked: true, at: now });
}
