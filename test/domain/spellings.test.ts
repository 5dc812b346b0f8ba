import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { principalOf, samePrincipal } from '../../src/domain/principal.ts';
import { accountIn, spellingsOf } from '../../src/domain/spellings.ts';

describe('the spellings of a principal', () => {
  it('are those of hex digits in either case, and those with the account of what is no certificate', () => {
    const hex = 'ab'.repeat(32);
    expect(spellingsOf(principalOf(hex), '012345678901')).toEqual([hex, hex.toUpperCase()]);
    const account = accountIn('arn:aws:dynamodb:eu-west-1:012345678901:table/presence');
    expect(spellingsOf(principalOf('AROAX:name'), account)).toEqual([
      'AROAX:name',
      '012345678901/AROAX:name/AROAX:name',
    ]);
    expect(spellingsOf(principalOf('AROAX:name'), accountIn(undefined))).toEqual(['AROAX:name']);
  });

  it('all name the same', () => {
    const identifiers = fc.oneof(
      fc.stringMatching(/^[0-9a-f]{64}$/u),
      fc.stringMatching(/^AROA[0-9A-Z]{4}:[\w@.=-]{2,20}$/u),
    );
    fc.assert(
      fc.property(identifiers, (identifier) => {
        const one = principalOf(identifier);
        for (const spelling of spellingsOf(one, '012345678901'))
          expect(samePrincipal(principalOf(spelling), one)).toBe(true);
      }),
    );
  });
});
