import { describe, expect, it } from '@jest/globals';
import type { ActionId } from '../../src/domain/action.ts';
import { makePlan } from '../../src/domain/make-plan.ts';
import { principalOf } from '../../src/domain/principal.ts';
import { CLIENT, INTRUDER, STRANGER } from './an-event.ts';
import { CERTIFICATE_ARN } from './an-incident.ts';
import { someReadings } from './some-readings.ts';
import type { Variations } from './some-readings.ts';

const planOf = (variations: Variations) => makePlan(someReadings(variations));
const codes = (variations: Variations) => planOf(variations).blockers.map(({ code }) => code);
const actions = (...ids: ActionId[]): Variations => ({ request: { actions: ids } });

const known = <T>(value: T) => ({ known: true, value }) as const;
const refused = { known: false, why: 'AccessDenied' } as const;
const policy = (name: string) => ({ name, document: '{}' });

const ROLE = 'AROAEXAMPLEAPP:CognitoIdentityCredentials';
const IDENTITY = 'eu-west-1:0a0a0a0a-0000-1111-2222-333333333333';
const cognito: Variations = {
  sighting: { principal: principalOf(ROLE) },
  certificate: 'not-a-certificate',
  things: { known: false, why: 'none' },
  policies: known(['app']),
  effective: { known: false, why: 'none' },
};
const named = { request: { principal: IDENTITY } };

describe('detach', () => {
  it('detaches every attached policy, one change each, in the order in which they are listed', () => {
    const plan = planOf({
      ...actions('detach'),
      policies: known(['fleet', 'extra']),
      connectsWithout: known(false),
    });
    expect(plan).toMatchObject({ actions: ['detach'], blockers: [] });
    const change = { kind: 'policy-attachment', step: 'detach', target: CERTIFICATE_ARN };
    expect(plan.changes).toEqual([
      { ...change, policyName: 'fleet', before: 'attached', after: 'detached' },
      { ...change, policyName: 'extra', before: 'attached', after: 'detached' },
    ]);
  });

  it('detaches only the named ones, and says of one that is not attached that it is so already', () => {
    const { changes, blockers } = planOf({
      request: { actions: ['detach'], policies: ['extra', 'never'] },
      policies: known(['fleet', 'extra']),
      connectsWithout: known(false),
    });
    expect(blockers).toEqual([]);
    expect(changes.map(({ before, after, ...rest }) => ({ ...rest, was: before, is: after }))).toMatchObject([
      { policyName: 'extra', was: 'attached', is: 'detached' },
      { policyName: 'never', was: 'detached', is: 'detached' },
    ]);
  });

  it('goes along with deactivate, in the order that was asked for', () => {
    const both = planOf(actions('deactivate', 'detach'));
    expect(both.changes.map(({ step }) => step)).toEqual(['deactivate', 'detach']);
    expect(planOf(actions('detach', 'deactivate')).changes.map(({ step }) => step)).toEqual([
      'detach',
      'deactivate',
    ]);
  });

  it('is what a Cognito identity gets when nothing else is asked for, on the identity that was named', () => {
    const plan = planOf({ ...cognito, ...named });
    expect(plan).toMatchObject({ actions: ['detach'], blockers: [], holdMs: 600_000 });
    expect(plan.principal).toMatchObject({ identifier: ROLE, identityId: IDENTITY });
    expect(plan.changes).toMatchObject([{ step: 'detach', target: IDENTITY, policyName: 'app' }]);
  });
});

describe('the blocker no-action', () => {
  const SHOWS: readonly [when: string, shows: Variations, says: string][] = [
    [
      'no policy is attached at all',
      { ...actions('detach'), policies: known([]), effective: known([]), connectsWithout: known(false) },
      'none of the policies to detach is attached',
    ],
    [
      'none of the named policies is attached',
      { request: { actions: ['detach'], policies: ['never'] }, connectsWithout: known(false) },
      'none of the policies to detach is attached',
    ],
    [
      'nothing is attached to the Cognito identity',
      { ...cognito, ...named, policies: known([]) },
      'none of the policies to detach is attached',
    ],
    [
      'AWS would still let it in through a thing group',
      {
        ...actions('detach'),
        effective: known([policy('fleet'), policy('group-wide')]),
        connectsWithout: known(true),
      },
      'through the thing group policies group-wide',
    ],
    [
      'AWS would still let it in through a policy that is not detached',
      {
        request: { actions: ['detach'], policies: ['extra'] },
        policies: known(['fleet', 'extra']),
        connectsWithout: known(true),
      },
      'through the policies fleet that stay attached',
    ],
    [
      'a policy stays attached and AWS would not say whether it lets it in',
      {
        request: { actions: ['detach'], policies: ['extra'] },
        policies: known(['fleet', 'extra']),
        connectsWithout: refused,
      },
      'through the policies fleet that stay attached',
    ],
    [
      'a thing group has a policy and AWS would not say whether it lets it in',
      {
        ...actions('detach'),
        effective: known([policy('fleet'), policy('group-wide')]),
        connectsWithout: refused,
      },
      'through the thing group policies group-wide',
    ],
    [
      'a thing group has a policy that is attached to the certificate, too',
      {
        ...actions('detach'),
        throughGroups: known(['fleet']),
        connectsWithout: known(true),
      },
      'through the thing group policies fleet',
    ],
    [
      'the action is for certificates, and the principal is none',
      { ...cognito, request: { principal: IDENTITY, actions: ['deactivate'] } },
      'the action deactivate cannot remove the access of cognito-identity',
    ],
    [
      'one of several actions does not fit',
      { ...cognito, request: { principal: IDENTITY, actions: ['detach', 'revoke'] } },
      'the action revoke cannot',
    ],
    [
      'nothing can be detached from an IAM user',
      {
        sighting: { principal: principalOf('AIDAEXAMPLE') },
        certificate: 'not-a-certificate',
        policies: { known: false, why: 'none' },
        ...actions('detach'),
      },
      'the action detach cannot remove the access of iam-user',
    ],
  ];

  it.each(SHOWS)('shows when %s, and is lifted by --action none', (_, shows, says) => {
    const { blockers } = planOf(shows);
    expect(blockers.filter(({ code }) => code === 'no-action')).toMatchObject([
      { message: expect.stringContaining(says), lift: '--action none' },
    ]);
    expect(codes({ ...shows, request: { ...shows.request, actions: ['none'] } })).toEqual([]);
  });

  it.each(SHOWS.filter(([, , says]) => says.startsWith('through')))(
    'goes, too, once the certificate is deactivated along with it: %s',
    (_, shows) => {
      const request = { ...shows.request, actions: ['deactivate', 'detach'] satisfies ActionId[] };
      expect(codes({ ...shows, request })).toEqual([]);
    },
  );

  it('shows where a policy stays on a Cognito identity, of which AWS cannot be asked', () => {
    const request = { principal: IDENTITY, actions: ['detach'] satisfies ActionId[], policies: ['extra'] };
    const { blockers } = planOf({ ...cognito, ...named, request, policies: known(['fleet', 'extra']) });
    expect(blockers[0]?.message).toContain('through the policies fleet that stay attached');
  });

  it('does not show where AWS says that nothing lets it in, nor where only that cannot be tested', () => {
    expect(codes({ ...actions('detach'), connectsWithout: known(false) })).toEqual([]);
    expect(codes({ ...actions('detach'), connectsWithout: refused })).toEqual([]);
  });

  it('goes by what the thing has through its groups, where that could be read', () => {
    const effective = known([policy('fleet'), policy('group-wide')]);
    const through = (throughGroups: Variations['throughGroups']) =>
      codes({ ...actions('detach'), effective, connectsWithout: refused, throughGroups });
    expect(through(known([]))).toEqual([]);
    expect(through(known(['fleet']))).toEqual(['no-action']);
    expect(through(refused)).toEqual(['no-action']);
  });

  it('does not show for a policy of a group that does not let it in', () => {
    const shows = {
      ...actions('detach'),
      effective: known([policy('fleet'), policy('group-wide')]),
      connectsWithout: known(false),
    };
    expect(codes(shows)).toEqual([]);
    expect(planOf(shows).warnings.map(({ code }) => code)).toContain('access-through-thing-group');
  });

  it('is no second blocker beside one that says why there is nothing to detach', () => {
    const nothing = { policies: known([]), effective: known([]) };
    expect(codes({ ...actions('detach'), ...nothing, certificate: 'not-here' })).toEqual([
      'certificate-not-here',
    ]);
    expect(codes({ ...cognito, policies: known([]) })).toEqual(['identity-needed']);
  });
});

describe('the blocker identity-needed', () => {
  it('shows for a Cognito identity that nobody named, and is lifted by its ID only', () => {
    const [blocker] = planOf(cognito).blockers;
    expect(blocker).toMatchObject({
      code: 'identity-needed',
      lift: '--principal <region:uuid of the Cognito identity>',
    });
    expect(codes({ ...cognito, request: { principal: ROLE } })).toEqual(['identity-needed']);
    expect(codes({ ...cognito, ...named })).toEqual([]);
  });

  it('is not for a kick alone', () => {
    expect(codes({ ...cognito, request: { actions: ['none'] } })).toEqual([]);
  });

  it('leaves another principal than a Cognito identity a mismatch', () => {
    expect(codes(named)).toEqual(['principal-mismatch']);
  });
});

describe('the blocker irreversible', () => {
  const revoke = (confirmRevoke?: string): Variations => ({
    request: { actions: ['revoke'], confirmRevoke },
  });

  it('shows before a certificate is revoked, and names what lifts it', () => {
    const { blockers, changes } = planOf(revoke());
    expect(blockers).toMatchObject([{ code: 'irreversible', lift: `--confirm-revoke ${INTRUDER}` }]);
    expect(changes).toMatchObject([{ step: 'revoke', before: 'ACTIVE', after: 'REVOKED' }]);
  });

  it.each([INTRUDER, INTRUDER.toUpperCase()])('is lifted by the ID of the certificate (%s)', (id) => {
    expect(codes(revoke(id))).toEqual([]);
  });

  it.each([STRANGER, INTRUDER.slice(0, 8), CERTIFICATE_ARN, ''])('is not lifted by %j', (id) => {
    expect(codes(revoke(id))).toEqual(['irreversible']);
  });

  it('is not lifted by another guard’s option, nor shown for another action', () => {
    expect(codes({ request: { actions: ['revoke'], allowShared: true, allowOwn: true } })).toEqual([
      'irreversible',
    ]);
    expect(codes({ request: { actions: ['deactivate'] } })).toEqual([]);
  });

  it('has nothing to say of a certificate that is REVOKED already', () => {
    const certificate = { certificateId: INTRUDER, arn: CERTIFICATE_ARN, status: 'REVOKED' };
    expect(codes({ ...revoke(), certificate })).toEqual([]);
    expect(planOf({ ...revoke(), certificate }).changes).toMatchObject([
      { before: 'REVOKED', after: 'REVOKED' },
    ]);
  });
});

describe('a warning about the policies', () => {
  const warnings = (variations: Variations) => planOf(variations).warnings.map(({ code }) => code);
  const grouped = { effective: known([policy('fleet'), policy('group-wide')]) };
  const minting = (Action: string | string[], Effect = 'Allow') => ({
    name: 'minting',
    document: JSON.stringify({ Statement: [{ Effect, Action, Resource: '*' }] }),
  });

  it('names those of thing groups, which a detaching leaves', () => {
    const { warnings: said } = planOf({ ...actions('deactivate', 'detach'), ...grouped });
    const found = said.find(({ code }) => code === 'access-through-thing-group');
    expect(found?.message).toContain('group-wide');
    expect(found?.message).not.toContain('fleet');
    expect(warnings({ ...actions('deactivate'), ...grouped })).not.toContain('access-through-thing-group');
    expect(warnings(actions('deactivate', 'detach'))).not.toContain('access-through-thing-group');
  });

  it.each([
    ['by its name', 'iot:AssumeRoleWithCertificate'],
    ['in any case', 'IOT:assumerolewithcertificate'],
    ['among others', ['iot:Connect', 'iot:AssumeRoleWithCertificate']],
    ['by a wildcard', 'iot:*'],
    ['by another', 'iot:Assume*'],
    ['by all', '*'],
  ])('says that it can mint credentials, allowed %s', (_, action) => {
    const variations = { effective: known([policy('fleet'), minting(action)]) };
    const found = planOf(variations).warnings.find(({ code }) => code === 'can-mint-credentials');
    expect(found?.message).toContain('minting');
    expect(found?.message).toContain('12 hours');
    expect(warnings({ ...variations, ...actions('none') })).not.toContain('can-mint-credentials');
  });

  it.each([
    ['is denied', minting('iot:AssumeRoleWithCertificate', 'Deny')],
    ['is another action', minting(['iot:Connect', 'iot:Publish*'])],
    ['cannot be read', { name: 'broken', document: '{' }],
    ['has a single statement of another action', { name: 'one', document: one('iot:Connect') }],
  ])('does not say so of a policy that %s', (_, found) => {
    expect(warnings({ effective: known([found]) })).not.toContain('can-mint-credentials');
  });

  it('reads a single statement as one of a list', () => {
    const found = { name: 'one', document: one('iot:*') };
    expect(warnings({ effective: known([found]) })).toContain('can-mint-credentials');
  });

  it('says what could not be read of them, and why', () => {
    const { warnings: said } = planOf({ ...actions('detach'), effective: refused, connectsWithout: refused });
    for (const code of ['effective-policies-unknown', 'authorization-unknown'])
      expect(said.find((warning) => warning.code === code)?.message).toContain('AccessDenied');
    expect(warnings({ ...cognito, ...named })).not.toContain('effective-policies-unknown');
  });

  it('says that a named Cognito identity is not proved to be the one behind the client', () => {
    expect(warnings({ ...cognito, ...named })).toContain('identity-unproved');
    expect(warnings(actions('detach'))).not.toContain('identity-unproved');
  });

  it('is about nothing where AWS answered', () => {
    expect(warnings({ ...actions('detach'), connectsWithout: known(false) })).not.toContain(
      'authorization-unknown',
    );
  });
});

function one(action: string): string {
  return JSON.stringify({ Statement: { Effect: 'Allow', Action: action, Resource: '*' } });
}

describe('the other clients of a Cognito identity', () => {
  it('are not known, and that is said', () => {
    const found = planOf({ ...cognito, ...named, neighbourhood: { neighbours: [] } });
    expect(found.blockers).toEqual([]);
    expect(found.blastRadius.clients).toEqual([CLIENT]);
    expect(found.warnings.find(({ code }) => code === 'no-client-history')?.message).toContain('Cognito');
  });
});
