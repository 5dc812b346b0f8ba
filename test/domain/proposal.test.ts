import { describe, expect, it } from '@jest/globals';
import { factsOf } from '../../src/domain/facts.ts';
import type { EntryOf } from '../../src/domain/incident.ts';
import { principalOf } from '../../src/domain/principal.ts';
import { choicesOf } from '../../src/domain/proposal.ts';
import { COLLEAGUE, INTRUDER, SIGHTED_AT, STRANGER } from './an-event.ts';
import { aPlan, aSighting, CERTIFICATE_ARN, KICK_ONLY, planned } from './an-incident.ts';

const connectionRead = (more: Partial<EntryOf<'connection-read'>>): EntryOf<'connection-read'> => ({
  kind: 'connection-read',
  when: 'before',
  unheardOf: false,
  readAt: SIGHTED_AT,
  ...more,
});
const factsWith = (more: Partial<EntryOf<'connection-read'>>) =>
  factsOf([...planned(), connectionRead(more)]);

describe('what there is to choose', () => {
  it('are the principals that were seen, the sighted one first, without responders', () => {
    const stranger = { principal: principalOf(STRANGER), sessions: 412, first: 1, last: 2, ended: true };
    const others = [stranger, { ...stranger, principal: principalOf(COLLEAGUE), responder: true as const }];
    const sighting = aSighting({ others, sessions: 1 });
    const { principals } = choicesOf(aPlan(), factsOf(planned({ sighting })));
    expect(principals).toEqual([
      {
        principal: { kind: 'certificate', identifier: INTRUDER, arn: CERTIFICATE_ARN },
        sessions: 1,
        last: SIGHTED_AT,
        ended: false,
        ipAddress: '8.8.42.11',
      },
      stranger,
    ]);
  });

  it.each([
    ['certificate', INTRUDER, ['deactivate', 'revoke', 'detach', 'none']],
    ['Cognito identity', 'AROAEXAMPLEEXAMPLEAAA:CognitoIdentityCredentials', ['detach', 'none']],
    ['IAM user', 'AIDAEXAMPLEEXAMPLEAAA', ['none']],
  ])('are the actions that fit a %s', (_, identifier, expected) => {
    const { actions } = choicesOf(aPlan({ principal: principalOf(identifier) }), factsOf(planned()));
    expect(actions.map(({ id }) => id)).toEqual(expected);
  });

  it('are the methods of the API only where it answered', () => {
    const methods = (more: Partial<EntryOf<'connection-read'>>, plan = aPlan()) =>
      choicesOf(plan, factsWith(more)).methods;
    expect(methods({ reading: { connected: true } })).toEqual(['takeover', 'both', 'api', 'none']);
    expect(methods({ why: 'refused' })).toEqual(['takeover', 'none']);
    expect(methods({ unheardOf: true })).toEqual(['takeover', 'none']);
    // Without an action and without a kick, nothing at all would be done.
    expect(methods({ reading: { connected: true } }, aPlan(KICK_ONLY))).toEqual(['takeover', 'both', 'api']);
  });

  it('are the policies that are attached', () => {
    expect(choicesOf(aPlan(), factsOf(planned())).policies).toEqual(['fleet']);
  });
});
