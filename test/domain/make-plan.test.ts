import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { ActionId } from '../../src/domain/action.ts';
import { makePlan } from '../../src/domain/make-plan.ts';
import { evictionPlan } from '../../src/domain/plan.ts';
import { principalOf } from '../../src/domain/principal.ts';
import { liftedGuards } from '../../src/domain/request.ts';
import { CLIENT, COLLEAGUE, INTRUDER, SIGHTED_AT, STRANGER } from './an-event.ts';
import { CERTIFICATE_ARN, aRequest } from './an-incident.ts';
import { RESPONDER, someReadings } from './some-readings.ts';
import type { Variations } from './some-readings.ts';
import { anyText } from './any-text.ts';

function blockers(variations: Variations): string[] {
  return makePlan(someReadings(variations)).blockers.map(({ code }) => code);
}

function warnings(variations: Variations): string[] {
  return makePlan(someReadings(variations)).warnings.map(({ code }) => code);
}

const other = { principal: principalOf(STRANGER), sessions: 1, first: 1, last: 2, ended: true };
const roleSession = {
  sighting: { principal: principalOf('AROAEXAMPLEVICTIM:mallory') },
  certificate: 'not-a-certificate',
} as const;
const refused = { known: false, why: 'AccessDenied' } as const;

describe('the plan', () => {
  it('deactivates the certificate, and has nothing in its way where nothing is', () => {
    const plan = makePlan(someReadings());
    expect(plan).toMatchObject({
      clientId: CLIENT,
      principal: { kind: 'certificate', identifier: INTRUDER, arn: CERTIFICATE_ARN },
      actions: ['deactivate'],
      method: 'takeover',
      changes: [{ step: 'deactivate', target: CERTIFICATE_ARN, before: 'ACTIVE', after: 'INACTIVE' }],
      blastRadius: {
        things: [CLIENT],
        clients: [CLIENT],
        policies: ['fleet'],
        known: { things: 'complete', clients: 'since 2023-11-14T22:13:20.000Z' },
      },
      blockers: [],
    });
    expect(evictionPlan.parse(plan)).toEqual(plan);
  });

  it('is the same for the same readings', () => {
    expect(makePlan(someReadings())).toEqual(makePlan(someReadings()));
  });

  it.each([
    [[], undefined, 180_000],
    [['deactivate'], undefined, 180_000],
    [['revoke'], undefined, 180_000],
    [['detach'], undefined, 600_000],
    [['detach', 'deactivate'], undefined, 180_000],
    [['none'], undefined, 600_000],
    [['none'], 0, 0],
    [[], 5_000, 5_000],
  ] satisfies [ActionId[], number | undefined, number][])(
    'holds as long as the actions %j and --hold %s ask for: %i ms',
    (actions, holdMs, expected) => {
      expect(makePlan(someReadings({ request: { actions, holdMs } })).holdMs).toBe(expected);
    },
  );

  it('never turns a revoked certificate back into an inactive one', () => {
    const certificate = { certificateId: INTRUDER, arn: CERTIFICATE_ARN, status: 'REVOKED' };
    expect(makePlan(someReadings({ certificate })).changes).toMatchObject([
      { before: 'REVOKED', after: 'REVOKED' },
    ]);
  });

  it('changes nothing under --action none', () => {
    expect(makePlan(someReadings({ request: { actions: ['none'] } })).changes).toEqual([]);
  });

  it('says what it does not know of the blast radius', () => {
    const plan = makePlan(
      someReadings({ things: refused, policies: refused, neighbourhood: { neighbours: [] } }),
    );
    expect(plan.blastRadius).toEqual({
      things: [],
      clients: [CLIENT],
      policies: [],
      known: { things: 'unknown', clients: 'unknown' },
    });
  });

  it('gives the commands that do it by hand', () => {
    expect(makePlan(someReadings()).equivalent).toEqual([
      `aws iot update-certificate --certificate-id ${INTRUDER} --new-status INACTIVE --region eu-west-1`,
      `aws iot-data delete-connection --client-id=${CLIENT} --clean-session --region eu-west-1`,
    ]);
  });
});

/** Each blocker: what shows it, and what lifts it, if anything does. */
const BLOCKERS: readonly {
  code: string;
  when: string;
  shows: Variations;
  lift?: { name: string; by: Variations };
}[] = [
  { code: 'protected', when: 'the client is under protect:', shows: { request: { protect: [CLIENT] } } },
  {
    code: 'protected',
    when: 'the certificate is under protect:',
    shows: { request: { protect: [INTRUDER.toUpperCase()] } },
  },
  {
    code: 'protected',
    when: 'the ARN of the certificate is under protect:',
    shows: { request: { protect: [CERTIFICATE_ARN] } },
  },
  {
    code: 'principal-mismatch',
    when: 'the named principal was never seen on the client',
    shows: { request: { principal: STRANGER } },
  },
  {
    code: 'several-principals',
    when: 'another principal was seen on the client',
    shows: { sighting: { others: [other] } },
    lift: {
      name: `--principal ${INTRUDER} or --principal ${STRANGER}`,
      by: { request: { principal: INTRUDER } },
    },
  },
  {
    code: 'own-principal',
    when: 'the principal is our own',
    shows: { ownPrincipals: [principalOf(INTRUDER)] },
    lift: { name: '--allow-own', by: { request: { allowOwn: true } } },
  },
  {
    code: 'own-principal',
    when: "the principal is a colleague's",
    shows: { request: { responders: [INTRUDER] } },
    lift: { name: '--allow-own', by: { request: { responders: [INTRUDER], allowOwn: true } } },
  },
  {
    code: 'own-role',
    when: 'the principal is another session of our role',
    shows: {
      sighting: { principal: principalOf('AROAEXAMPLERESPONSE:carol') },
      certificate: 'not-a-certificate',
      request: { actions: ['none'] },
    },
    lift: { name: '--allow-own', by: { request: { actions: ['none'], allowOwn: true } } },
  },
  {
    code: 'certificate-not-here',
    when: 'nobody here knows the certificate',
    shows: { certificate: 'not-here' },
  },
  {
    code: 'no-action',
    when: 'no action fits the kind of principal',
    shows: roleSession,
    lift: { name: '--action none', by: { request: { actions: ['none'] } } },
  },
  {
    code: 'no-action',
    when: 'the action does not fit the kind of principal',
    shows: { ...roleSession, request: { actions: ['deactivate'] } },
    lift: { name: '--action none', by: { request: { actions: ['none'] } } },
  },
  {
    code: 'no-action',
    when: 'the principal has 62 hexadecimal digits',
    shows: { sighting: { principal: principalOf(INTRUDER.slice(2)) }, certificate: 'not-a-certificate' },
    lift: { name: '--action none', by: { request: { actions: ['none'] } } },
  },
  {
    code: 'shared-principal',
    when: 'the certificate has two things',
    shows: { things: { known: true, value: [CLIENT, 'pump-18'] } },
    lift: { name: '--allow-shared', by: { request: { allowShared: true } } },
  },
  {
    code: 'shared-principal',
    when: 'another client uses the certificate',
    shows: {
      neighbourhood: { neighbours: [{ clientId: 'pump-18', state: 'disconnected', last: 1 }], since: 1 },
    },
    lift: { name: '--allow-shared', by: { request: { allowShared: true } } },
  },
  {
    code: 'blast-radius-unknown',
    when: 'the things cannot be read',
    shows: { things: refused },
    lift: { name: '--allow-shared', by: { request: { allowShared: true } } },
  },
  {
    code: 'cannot-prove',
    when: 'a proof is required for a client without events',
    shows: { request: { clientId: 'pump#2', requireProof: true } },
    lift: {
      name: '--method api, or leave out --require-proof',
      by: { request: { clientId: 'pump#2', requireProof: false } },
    },
  },
];

describe('a blocker', () => {
  it.each(BLOCKERS)('$code shows when $when', ({ code, shows, lift }) => {
    expect(blockers(shows)).toContain(code);
    const found = makePlan(someReadings(shows)).blockers.find((blocker) => blocker.code === code);
    expect(found?.lift).toBe(lift?.name);
  });

  it.each(BLOCKERS.flatMap(({ lift, ...rest }) => (lift === undefined ? [] : [{ ...rest, lift }])))(
    '$code goes, and nothing comes in its place, by $lift.name when $when',
    ({ code, shows, lift }) => {
      expect(blockers({ ...shows, ...lift.by })).not.toContain(code);
      expect(blockers({ ...shows, ...lift.by })).toEqual([]);
    },
  );

  it.each(BLOCKERS.filter(({ lift }) => lift === undefined))(
    '$code is lifted by nothing when $when',
    ({ code, shows }) => {
      const everything = { allowShared: true, allowOwn: true, actions: ['none' as const] };
      expect(blockers({ ...shows, request: { ...everything, ...shows?.request } })).toContain(code);
    },
  );

  it('is not lifted by another one’s option', () => {
    expect(blockers({ things: refused, request: { allowOwn: true } })).toContain('blast-radius-unknown');
    expect(blockers({ ownPrincipals: [principalOf(INTRUDER)], request: { allowShared: true } })).toContain(
      'own-principal',
    );
    expect(
      blockers({ sighting: { others: [other] }, request: { allowShared: true, allowOwn: true } }),
    ).toContain('several-principals');
  });

  it('escapes what comes from outside, and quotes it for the shell', () => {
    const hostile = principalOf('evil\u001B[2J\u202E');
    const sighting = { principal: hostile, others: [{ ...other, principal: principalOf('x\u009B1m') }] };
    const { blockers: found } = makePlan(someReadings({ sighting, certificate: 'not-a-certificate' }));
    expect(found.length).toBeGreaterThan(1);
    expect(JSON.stringify(found.map(({ message }) => message))).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    for (const { message, lift } of found) expect(`${message}${lift}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('what is no blocker', () => {
  it.each([
    [
      "a responder's own session on the client",
      { sighting: { others: [{ ...other, responder: true as const }] } },
    ],
    [
      'the siblings of one Greengrass core',
      {
        neighbourhood: {
          neighbours: [
            { clientId: `${CLIENT}#2`, state: 'connected' as const, last: 1 },
            { clientId: `${CLIENT}#3`, state: 'connected' as const, last: 1 },
          ],
          since: 1,
        },
      },
    ],
    ['no thing at all', { things: { known: true as const, value: [] } }],
    ['policies that cannot be read', { policies: refused }],
    ['a caller who is not known', { caller: refused, ownPrincipals: [] }],
    ['no history of other clients', { neighbourhood: { neighbours: [] } }],
    ['a named principal that was seen', { request: { principal: CERTIFICATE_ARN } }],
    ['a role session that is not of our role', { ...roleSession, request: { actions: ['none' as const] } }],
    [
      'sharing, when nothing is cut off',
      {
        things: { known: true as const, value: [CLIENT, 'pump-18'] },
        request: { actions: ['none' as const] },
      },
    ],
    ['a protected client with another case', { request: { protect: [CLIENT.toUpperCase()] } }],
    [
      'a principal that is named while nothing was ever seen',
      {
        sighting: { event: undefined, source: 'operator' },
        request: { principal: INTRUDER },
      },
    ],
  ])('is %s', (_, variations) => {
    expect(blockers(variations)).toEqual([]);
  });

  it('is a stranger that only looks like a sibling', () => {
    const neighbours = [{ clientId: `${CLIENT}#2b`, state: 'connected' as const, last: 1 }];
    expect(blockers({ neighbourhood: { neighbours, since: 1 } })).toEqual(['shared-principal']);
  });
});

describe('a warning', () => {
  it.each([
    ['publishes-last-will', {}],
    ['device-defender-finding', {}],
    ['hidden-client', { request: { clientId: 'pump#2' } }],
    ['no-client-history', { neighbourhood: { neighbours: [] } }],
    ['young-history', { neighbourhood: { neighbours: [], since: SIGHTED_AT - 60_000 } }],
    ['other-active-principals', { sighting: { others: [other] }, request: { principal: INTRUDER } }],
    ['responder-unknown', { caller: refused }],
    ['policies-unknown', { policies: refused }],
    ['other-thing', { things: { known: true as const, value: ['valve-3'] } }],
    [
      'unknown-principal',
      { sighting: { principal: principalOf('ab'.repeat(31)) }, certificate: 'not-a-certificate' as const },
    ],
  ])('%s is said where it is so', (code, variations) => {
    expect(warnings(variations)).toContain(code);
  });

  it('is not said where it is not so', () => {
    expect(warnings({})).toEqual([
      'publishes-last-will',
      'ends-session',
      'shows-online',
      'device-defender-finding',
    ]);
  });

  it('gives the reason why something could not be read', () => {
    const plan = makePlan(someReadings({ caller: refused, policies: refused, things: refused }));
    for (const code of ['responder-unknown', 'policies-unknown'])
      expect(plan.warnings.find((warning) => warning.code === code)?.message).toContain('AccessDenied');
    expect(plan.blockers[0]?.message).toContain('AccessDenied');
  });

  it('never shows a raw control character of what came from outside', () => {
    const text = anyText({ minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(text, text, text, (clientId, identifier, thing) => {
        const plan = makePlan(
          someReadings({
            request: { clientId, principal: identifier },
            sighting: {
              principal: principalOf(identifier),
              others: [{ ...other, principal: principalOf(thing) }],
            },
            things: { known: true, value: [thing] },
            certificate: 'not-a-certificate',
          }),
        );
        for (const { message } of [...plan.warnings, ...plan.blockers])
          expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('the guards that a request lifts', () => {
  it('are recorded by the names of their options', () => {
    expect(liftedGuards(aRequest())).toEqual([]);
    const request = aRequest({ allowShared: true, allowOwn: true, principal: COLLEAGUE, actions: ['none'] });
    expect(liftedGuards(request)).toEqual(['--allow-shared', '--allow-own', '--principal', '--action none']);
    const revoking = aRequest({ actions: ['revoke'], confirmRevoke: INTRUDER });
    expect(liftedGuards(revoking)).toEqual(['--confirm-revoke']);
  });
});

describe('our own role', () => {
  it('is known by its ID, whatever the session is called', () => {
    const [role] = RESPONDER.split(':');
    const mine = {
      sighting: { principal: principalOf(`${role}:x`) },
      certificate: 'not-a-certificate' as const,
    };
    expect(blockers({ ...mine, request: { actions: ['none'] } })).toEqual(['own-role']);
  });
});
