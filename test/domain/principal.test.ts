import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { identityKey, principalOf, samePrincipal } from '../../src/domain/principal.ts';
import { INTRUDER } from './an-event.ts';
import { anyText } from './any-text.ts';

const ROLE = 'AROASTLVWKQ4VKIMFNOIF';

describe('the kind of a principal', () => {
  it.each([
    ['certificate', INTRUDER],
    ['certificate', INTRUDER.toUpperCase()],
    ['certificate', `arn:aws:iot:eu-west-1:123456789012:cert/${INTRUDER}`],
    ['certificate', `arn:aws-cn:iot:cn-north-1:123456789012:cert/${INTRUDER}`],
    ['iam-role-session', `${ROLE}:tim@mattison.org`],
    ['iam-role-session', `${ROLE}:i-0123456789abcdef0`],
    ['iam-role-session', `${ROLE}:CognitoIdentityCredentials2`],
    ['iam-role-session', `123456789012/${ROLE}:alice/${ROLE}:alice`],
    ['cognito-identity', `${ROLE}:CognitoIdentityCredentials`],
    [
      'cognito-identity',
      `123456789012/${ROLE}:CognitoIdentityCredentials/${ROLE}:CognitoIdentityCredentials`,
    ],
    ['iam-user', 'AIDASTLVWKQ4VKIMFNOIF'],
    ['custom-authorizer', 'device42xyz'],
    ['custom-authorizer', 'Z'.repeat(128)],
    ['unknown', 'Z'.repeat(129)],
    ['cognito-identity', 'eu-west-1:0a0a0a0a-0000-1111-2222-333333333333'],
    ['unknown', 'eu-west-1:0a0a0a0a-0000-1111-2222-33333333333'],
    ['unknown', '0a0a0a0a-0000-1111-2222-333333333333'],
    ['unknown', 'with space'],
    ['unknown', '\u001B[31m'],
  ])('is %s for %s', (kind, identifier) => {
    expect(principalOf(identifier).kind).toBe(kind);
  });

  it('has the modern form of the older one', () => {
    expect(principalOf(`123456789012/${ROLE}:alice/${ROLE}:alice`).identifier).toBe(`${ROLE}:alice`);
  });

  it('keeps the ID of a Cognito identity, which events do not carry', () => {
    const identityId = 'us-gov-west-1:0a0a0a0a-0000-1111-2222-333333333333';
    expect(principalOf(identityId)).toEqual({
      kind: 'cognito-identity',
      identifier: identityId,
      identityId,
    });
    expect(principalOf(`${ROLE}:CognitoIdentityCredentials`)).not.toHaveProperty('identityId');
  });

  it('keeps the ARN of a certificate, and its ID', () => {
    const arn = `arn:aws:iot:eu-west-1:123456789012:cert/${INTRUDER}`;
    expect(principalOf(arn)).toEqual({ kind: 'certificate', identifier: INTRUDER, arn });
  });

  it.each([1, 40, 62, 63, 65, 128])('is no certificate with %i hexadecimal digits, and says so', (digits) => {
    const { kind, note } = principalOf('a1'.repeat(64).slice(0, digits));
    expect(kind).not.toBe('certificate');
    expect(note).toContain(`${digits} hexadecimal digits cannot be a certificate ID, which has 64`);
  });

  it('is told for any string, and never changes the identity of a string that is not of an older form', () => {
    fc.assert(
      fc.property(anyText({ minLength: 1 }), (identifier) => {
        const principal = principalOf(identifier);
        if (principal.kind === 'unknown') expect(principal.note).toBeDefined();
        if (!identifier.includes('/'))
          expect(principal.identifier.toLowerCase()).toBe(identifier.toLowerCase());
      }),
    );
  });
});

describe('the same principal', () => {
  it.each([
    [INTRUDER, INTRUDER.toUpperCase(), true],
    [INTRUDER, `arn:aws:iot:eu-west-1:123456789012:cert/${INTRUDER}`, true],
    [`${ROLE}:alice`, `123456789012/${ROLE}:alice/${ROLE}:alice`, true],
    [`${ROLE}:alice`, `${ROLE}:Alice`, false],
    [`${ROLE}:alice`, `${ROLE}:bob`, false],
    [INTRUDER, INTRUDER.slice(2), false],
  ])('%s and %s: %s', (one, other, same) => {
    expect(samePrincipal(principalOf(one), principalOf(other))).toBe(same);
    expect(identityKey(principalOf(one)) === identityKey(principalOf(other))).toBe(same);
  });
});
