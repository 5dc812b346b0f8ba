import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { activityQuery, clientsQuery, hasValue, sessionsQuery } from '../../src/domain/insights-query.ts';
import { principalOf } from '../../src/domain/principal.ts';
import { readQuery } from '../../src/sandbox/logs/insights-query.ts';
import { anyText } from './any-text.ts';

/** A string without a quote, a backslash, a comment or a pipe, or a pattern of letters, digits and gaps. */
const CONDITION = /^clientId (?:= "[^"\\`#|\p{C}]*"|like \/\^(?:[\w-]|\[\\s\\S\]\+)*\$\/)$/u;

const entry = (clientId: string) => {
  const message = JSON.stringify({
    clientId,
    eventType: 'Connect',
    status: 'Success',
    principalId: clientId,
  });
  return { eventId: '1', timestamp: 1, ingestionTime: 1, message };
};

const rowsOf = (text: string, clientId: string) => {
  const query = readQuery(text);
  if ('problem' in query) throw new Error(query.problem);
  return query.run([entry(clientId), entry('somebody else')]).map((row) => [...row.keys()]);
};

describe('the query for a client', () => {
  it('cannot be broken out of by whatever a client calls itself', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 40 }), (clientId) => {
        expect(hasValue('clientId', clientId)).toMatch(CONDITION);
      }),
      { numRuns: 1_000 },
    );
  });

  it('finds the client, and its principal, whatever they are called', () => {
    fc.assert(
      fc.property(anyText({ minLength: 1, maxLength: 40 }), (clientId) => {
        expect(rowsOf(sessionsQuery(clientId), clientId)).toContainEqual(['@timestamp', '@message', '@ptr']);
        expect(rowsOf(clientsQuery(principalOf(clientId)), clientId)).not.toEqual([]);
        expect(rowsOf(activityQuery(clientId), clientId)).toEqual([]);
      }),
    );
  });

  it.each([
    ['AB'.repeat(32), 'ab'.repeat(32)],
    ['Ab'.repeat(32), 'AB'.repeat(32)],
    [
      '012345678901/AROAX:CognitoIdentityCredentials/AROAX:CognitoIdentityCredentials',
      'AROAX:CognitoIdentityCredentials',
    ],
  ])('for the principal %s is also that for %s', (logged, asked) => {
    expect(rowsOf(clientsQuery(principalOf(asked)), logged)).toHaveLength(1);
  });

  it.each([
    ['pump-17', 'clientId = "pump-17"'],
    ['a/b c+d$e', 'clientId = "a/b c+d$e"'],
    ['pump#17', 'clientId like /^pump[\\s\\S]+17$/'],
    [
      '" or clientId like /./ or "',
      'clientId like /^[\\s\\S]+or[\\s\\S]+clientId[\\s\\S]+like[\\s\\S]+or[\\s\\S]+$/',
    ],
    ['größe', 'clientId like /^gr[\\s\\S]+e$/'],
  ])('of %j is %s', (clientId, condition) => {
    expect(hasValue('clientId', clientId)).toBe(condition);
  });
});
