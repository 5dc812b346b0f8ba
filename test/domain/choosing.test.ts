import { describe, expect, it } from '@jest/globals';
import {
  choosingActions,
  choosingMethod,
  choosingPolicies,
  choosingPrincipal,
  whyNotTogether,
} from '../../src/domain/choosing.ts';
import { principalOf } from '../../src/domain/principal.ts';
import { INTRUDER, STRANGER } from './an-event.ts';
import { aRequest } from './an-incident.ts';

const seen = (identifier: string) => ({ principal: principalOf(identifier), ended: false });

describe('another principal', () => {
  it('is named, and the first time nothing else is changed', () => {
    const request = aRequest({ allowShared: true, actions: ['deactivate'] });
    expect(choosingPrincipal(request, seen(STRANGER))).toEqual({ ...request, principal: STRANGER });
  });

  it('leaves behind what was said against the former one', () => {
    const request = aRequest({
      principal: INTRUDER,
      actions: ['detach', 'revoke'],
      policies: ['fleet'],
      allowShared: true,
      allowOwn: true,
      confirmRevoke: INTRUDER,
    });
    const user = 'AIDAEXAMPLEEXAMPLEAAA';
    expect(choosingPrincipal(request, seen(user))).toEqual(
      aRequest({ principal: user, actions: [], policies: [], confirmRevoke: undefined }),
    );
    expect(choosingPrincipal(request, seen(STRANGER)).actions).toEqual(['detach', 'revoke']);
  });
});

describe('other actions', () => {
  it('leave behind what belonged to the former ones', () => {
    const request = aRequest({ actions: ['detach'], policies: ['fleet'], confirmRevoke: INTRUDER });
    expect(choosingActions(request, ['detach'])).toMatchObject({
      policies: ['fleet'],
      confirmRevoke: undefined,
    });
    expect(choosingActions(request, ['revoke'])).toMatchObject({ policies: [], confirmRevoke: INTRUDER });
  });

  it('kick where nothing else would be done', () => {
    expect(choosingActions(aRequest({ method: 'none' }), ['none']).method).toBe('takeover');
    expect(choosingActions(aRequest({ method: 'api' }), ['none']).method).toBe('api');
    expect(choosingActions(aRequest({ method: 'none' }), ['detach']).method).toBe('none');
  });

  it.each([
    [[], 'at least one'],
    [['none', 'detach'], 'goes with no other action'],
    [['deactivate', 'revoke'], 'set the same status'],
  ] as const)('%j cannot be', (actions, why) => {
    expect(whyNotTogether(actions)).toContain(why);
  });

  it.each([[['none']], [['deactivate', 'detach']], [['detach', 'revoke']]] as const)(
    '%j can be',
    (actions) => {
      expect(whyNotTogether(actions)).toBeUndefined();
    },
  );
});

describe('other policies', () => {
  it('are named, but for all of them', () => {
    expect(choosingPolicies(aRequest(), ['a'], ['a', 'b']).policies).toEqual(['a']);
    expect(choosingPolicies(aRequest({ policies: ['a'] }), ['b', 'a'], ['a', 'b']).policies).toEqual([]);
  });
});

describe('another method', () => {
  it('leaves behind what does not go with it', () => {
    const request = aRequest({ method: 'both', keepSession: true, publishWill: true });
    expect(choosingMethod(request, 'api')).toEqual({ ...request, method: 'api' });
    expect(choosingMethod(request, 'takeover')).toMatchObject({ keepSession: true, publishWill: false });
    expect(choosingMethod(request, 'none')).toMatchObject({ keepSession: false, publishWill: false });
  });
});
