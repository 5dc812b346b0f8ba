import { randomUUID } from 'node:crypto';
import {
  type AccessKey,
  certificateArn,
  createResponderKey,
  policyArn,
  thingArn,
} from './identity/account.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type Credential,
} from './identity/certificate-authority.ts';
import { attach, createRegistry, type Registry, thingName } from './registry/registry.ts';

/** The account behind the doors: what is registered in it, and who owns which secret. */
export type Cloud = {
  readonly authority: CertificateAuthority;
  readonly registry: Registry;
  readonly server: Credential;
  readonly responder: Credential;
  readonly intruder: Credential | undefined;
  readonly accessKey: AccessKey;
};

/** Policies are not evaluated yet, so these two are alike. */
const ALLOW_IOT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }],
});

/** The account as it is before anybody connects: a responder, and an intruder if one is wanted. */
export async function createCloud(intruderId: string | undefined): Promise<Cloud> {
  const authority = await createCertificateAuthority();
  const [server, responder, intruder] = await Promise.all([
    authority.issueServer(),
    authority.issueDevice(),
    intruderId === undefined ? undefined : authority.issueDevice(),
  ]);
  const registry = createRegistry();
  provision(registry, { credential: responder, policy: 'responder' });
  if (intruder !== undefined)
    provision(registry, { credential: intruder, policy: 'fleet', thing: intruderId });
  return { authority, registry, server, responder, intruder, accessKey: createResponderKey() };
}

type Provisioned = {
  readonly credential: Credential;
  readonly policy: string;
  readonly thing?: string | undefined;
};

/** Registers a certificate as ACTIVE with its policy, and its thing where the name can be a thing's. */
function provision(registry: Registry, { credential, policy, thing }: Provisioned): void {
  const { certificateId, certificatePem: pem } = credential;
  const arn = certificateArn(certificateId);
  const changes = [{ status: 'ACTIVE', at: Date.now() }] as const;
  registry.certificates.set(certificateId, { certificateId, arn, pem, changes });
  registry.policies.set(policy, { name: policy, arn: policyArn(policy), document: ALLOW_IOT });
  attach(registry.policiesByTarget, { to: arn, name: policy });
  if (thing === undefined || !thingName.safeParse(thing).success) return;
  registry.things.set(thing, { name: thing, arn: thingArn(thing), id: randomUUID() });
  attach(registry.thingsByPrincipal, { to: arn, name: thing });
}
