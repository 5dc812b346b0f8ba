import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parsePolicyDocument, type PolicyDocument } from '../../src/sandbox/policy/document.ts';
import { contextOf, evaluate, explain, type Decision } from '../../src/sandbox/policy/evaluate.ts';
import { matches, patternOf } from '../../src/sandbox/policy/match.ts';
import { anyText } from '../domain/any-text.ts';

const ARN = 'arn:aws:iot:us-east-1:123456789012:';
const CURRENT = '2012-10-17';

type Values = Parameters<typeof contextOf>[0];

const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' };
const DENY_ALL = { Effect: 'Deny', Action: '*', Resource: '*' };

const textOf = (...statements: object[]) => JSON.stringify({ Version: CURRENT, Statement: statements });

function parsed(text: string): PolicyDocument {
  const document = parsePolicyDocument(text);
  if ('problem' in document) throw new Error(document.problem);
  return document;
}

const aDocument = (...statements: object[]) => parsed(textOf(...statements));

function problemOf(text: string): string {
  const document = parsePolicyDocument(text);
  return 'problem' in document ? document.problem : 'no problem';
}

const problemOfStatement = (statement: object) => problemOf(textOf(statement));

const anAccess = (resource: string, values: Values = {}, action = 'iot:Connect') => ({
  action,
  resource,
  context: contextOf(values),
});

/** What a policy says that allows one resource only. */
function onResource(pattern: string, resource: string, values: Values = {}): Decision {
  return evaluate([aDocument({ ...ALLOW_ALL, Resource: pattern })], anAccess(resource, values));
}

/** Whether a condition is met: of a policy that allows everything under that condition. */
function met(condition: object, values: Values = {}): boolean {
  const document = aDocument({ ...ALLOW_ALL, Condition: condition });
  return evaluate([document], anAccess('*', values)) === 'allowed';
}

describe('7.1 documents', () => {
  it('are read with one statement or many, one action or many, one resource or many', () => {
    const one = parsed(JSON.stringify({ Version: CURRENT, Id: 'x', Statement: { Sid: 's', ...ALLOW_ALL } }));
    const many = aDocument({ Effect: 'Allow', Action: ['*'], Resource: ['*'] }, DENY_ALL);
    expect(one.statements).toHaveLength(1);
    expect(many.statements).toHaveLength(2);
    expect(many.statements[0]).toEqual(one.statements[0]);
  });

  it.each([
    ['no JSON', 'Allow', 'the policy document is not JSON'],
    ['no object', '[]', 'policy document: Invalid input: expected object, received array'],
    ['no statement', '{"Version":"2012-10-17"}', 'Statement'],
    ['an empty list of statements', '{"Statement":[]}', 'Statement'],
    ['another version', JSON.stringify({ Version: '2020-01-01', Statement: ALLOW_ALL }), 'Version'],
    ['an unknown member', JSON.stringify({ Statements: [], Statement: ALLOW_ALL }), '"Statements"'],
  ])('are refused with %s', (_, text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  it.each([
    ['a principal', { ...ALLOW_ALL, Principal: '*' }, 'Statement.0: Unrecognized key: "Principal"'],
    ['an excluded principal', { ...ALLOW_ALL, NotPrincipal: '*' }, '"NotPrincipal"'],
    ['an unknown member', { ...ALLOW_ALL, Conditions: {} }, '"Conditions"'],
    ['an effect in small letters', { ...ALLOW_ALL, Effect: 'allow' }, 'Statement.0.Effect'],
    ['neither an action nor an exclusion', { Effect: 'Deny', Resource: '*' }, 'either Action or NotAction'],
    ['both', { ...ALLOW_ALL, NotAction: 'iot:Publish' }, 'either Action or NotAction'],
    ['no resource', { Effect: 'Deny', Action: '*' }, 'either Resource or NotResource'],
    ['two kinds of resources', { ...ALLOW_ALL, NotResource: 'x' }, 'either Resource or NotResource'],
    ['an empty list', { ...ALLOW_ALL, Action: [] }, 'Statement.0.Action'],
    ['a number as resource', { ...ALLOW_ALL, Resource: 7 }, 'Statement.0.Resource'],
    ['a list as condition', { ...ALLOW_ALL, Condition: [] }, 'Statement.0.Condition'],
    ['null to test against', { ...ALLOW_ALL, Condition: { Bool: { k: null } } }, 'Condition.Bool.k.0'],
  ])('are refused when a statement has %s', (_, statement, problem) => {
    expect(problemOfStatement(statement)).toContain(problem);
  });

  it.each([
    'BinaryEquals',
    'stringequals',
    'ForAnyValues:StringEquals',
    'ForAnyValue:Null',
    'NullIfExists',
    'IfExists',
    '__proto__',
    'constructor',
    '',
  ])('are refused when they name the operator %j, and the problem names it', (operator) => {
    const statement = `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"${operator}":{}}}`;
    expect(problemOf(`{"Statement":${statement}}`)).toContain(
      `the condition operator "${operator}" is not evaluated here`,
    );
  });

  it.each([
    ['NumericLessThan', 'ten'],
    ['DateLessThan', '2024-01-01T00:00:00'],
    ['DateGreaterThan', 'tomorrow'],
    ['IpAddress', '10.0.0.0/33'],
    ['NotIpAddress', 'localhost'],
    ['IpAddress', '::1/129'],
    ['Bool', '${aws:SecureTransport}'],
    ['Null', 'maybe'],
  ])('are refused when %s is to be tested against %j', (operator, value) => {
    expect(problemOfStatement({ ...ALLOW_ALL, Condition: { [operator]: { key: value } } })).toContain(
      `${operator} cannot be tested against ${JSON.stringify(value)}`,
    );
  });

  it.each(['${iot:ClientId', '${}', '${a${b}}', "${iot:ClientId, default'}", "${, 'default'}"])(
    'are refused with the variable %j, which nothing can be put in for',
    (variable) => {
      expect(problemOfStatement({ ...ALLOW_ALL, Resource: `${ARN}client/${variable}` })).toContain(
        'has a policy variable that cannot be read',
      );
      const Condition = { StringLike: { key: variable } };
      expect(problemOfStatement({ ...ALLOW_ALL, Condition })).toContain('cannot be read');
    },
  );

  it('are refused with a variable before the fifth colon of a resource', () => {
    const Resource = 'arn:aws:iot:${AWS::Region}:123456789012:client/pump';
    expect(problemOfStatement({ ...ALLOW_ALL, Resource })).toContain('before the fifth colon');
  });

  it('pass over no condition that is named like something of an object', () => {
    const document = parsed(
      `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"__proto__":"x"}}}}`,
    );
    expect(evaluate([document], anAccess('*'))).toBe('implicit-deny');
    expect(
      evaluate([document], {
        ...anAccess('*'),
        context: contextOf(Object.fromEntries([['__proto__', 'x']])),
      }),
    ).toBe('allowed');
    expect(
      problemOf('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","__proto__":{}}}'),
    ).toContain('__proto__');
  });

  it('may be nested as deep as somebody likes', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(problemOf(deep)).not.toBe('no problem');
    expect(problemOf(`{"Statement":${deep}}`)).not.toBe('no problem');
    expect(problemOf(`{"Statement":{"Condition":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}`)).not.toBe(
      'no problem',
    );
  });

  it('are never an exception, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.anything().map((value) => textOf({ value })),
        ),
        (text) => {
          expect(typeof problemOf(text)).toBe('string');
        },
      ),
    );
  });
});

/** The reference: what a pattern means, without a thought of time. */
function isLike(pattern: string, text: string): boolean {
  const [head, rest] = [pattern.charAt(0), pattern.slice(1)];
  if (pattern === '') return text === '';
  if (head === '*') return isLike(rest, text) || (text !== '' && isLike(pattern, text.slice(1)));
  return text !== '' && (head === '?' || head === text.charAt(0)) && isLike(rest, text.slice(1));
}

const fewCharacters = (characters: string, maxLength: number) =>
  fc.array(fc.constantFrom(...characters.split('')), { maxLength }).map((chosen) => chosen.join(''));

describe('7.2 wildcards', () => {
  it('match as a simple model says', () => {
    fc.assert(
      fc.property(fewCharacters('ab*?', 8), fewCharacters('ab*?', 8), (pattern, text) => {
        expect(matches(patternOf(pattern), text)).toBe(isLike(pattern, text));
      }),
      { numRuns: 2000 },
    );
  });

  it('match every text whose stretches became wildcards', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText({ maxLength: 8 }), anyText({ maxLength: 8 }))), (pieces) => {
        const text = pieces.flat().join('');
        const pattern = pieces.map(([kept]) => `${kept}*`).join('');
        expect(matches(patternOf(pattern), text)).toBe(true);
      }),
    );
  });

  it('take no more time for a hostile pattern', () => {
    const pattern = patternOf(`${'*a'.repeat(5_000)}b`);
    const began = performance.now();
    expect(matches(pattern, 'a'.repeat(10_000))).toBe(false);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it.each([
    ['*', `${ARN}client/pump`, 'allowed'],
    [`${ARN}client/pump-*`, `${ARN}client/pump-17`, 'allowed'],
    [`${ARN}client/pump-??`, `${ARN}client/pump-17`, 'allowed'],
    [`${ARN}client/pump-?`, `${ARN}client/pump-17`, 'implicit-deny'],
    ['arn:aws:iot:*:*:client/pump', `${ARN}client/pump`, 'allowed'],
    ['arn:aws:iot:us-east-1:*', `${ARN}client/pump`, 'allowed'],
    [`${ARN}client/pump`, `${ARN}client/Pump`, 'implicit-deny'],
    [`${ARN}client/pump`, `${ARN}client/pump/more`, 'implicit-deny'],
    [`${ARN}topicfilter/a/+/b`, `${ARN}topicfilter/a/+/b`, 'allowed'],
    [`${ARN}topicfilter/a/+/b`, `${ARN}topicfilter/a/x/b`, 'implicit-deny'],
    [`${ARN}topic/a/#`, `${ARN}topic/a/b`, 'implicit-deny'],
    [`${ARN}topic/$aws/things/*`, `${ARN}topic/$aws/things/pump/shadow`, 'allowed'],
  ])('of the resource %j and the access to %j: %s', (pattern, resource, decision) => {
    expect(onResource(pattern, resource)).toBe(decision);
  });

  it.each([
    ['iot:Connect', 'allowed'],
    ['IOT:connect', 'allowed'],
    ['iot:Con*', 'allowed'],
    ['iot:???????', 'allowed'],
    ['iot:*', 'allowed'],
    ['*', 'allowed'],
    ['iot:Connec', 'implicit-deny'],
    ['iotjobsdata:*', 'implicit-deny'],
    ['${aws:username}', 'implicit-deny'],
  ])('of the action %j and a connection: %s', (Action, decision) => {
    const document = aDocument({ ...ALLOW_ALL, Action });
    expect(evaluate([document], anAccess('*', { 'aws:username': 'iot:Connect' }))).toBe(decision);
  });
});

describe('7.3 variables', () => {
  const OWN = `${ARN}client/\${iot:ClientId}`;

  it('stand for what the request has, however their names are capitalized', () => {
    expect(onResource(OWN, `${ARN}client/pump`, { 'iot:ClientId': 'pump' })).toBe('allowed');
    expect(onResource(OWN, `${ARN}client/pump`, { 'IOT:clientid': 'pump' })).toBe('allowed');
    expect(onResource(OWN, `${ARN}client/valve`, { 'iot:ClientId': 'pump' })).toBe('implicit-deny');
  });

  it('stand between wildcards and among others of their kind', () => {
    const pattern = `${ARN}topic/$aws/things/\${iot:ClientId}/*/\${aws:username}`;
    const values = { 'iot:ClientId': 'pump', 'aws:username': 'ann' };
    expect(onResource(pattern, `${ARN}topic/$aws/things/pump/shadow/ann`, values)).toBe('allowed');
    expect(onResource(pattern, `${ARN}topic/$aws/things/pump/shadow/bob`, values)).toBe('implicit-deny');
  });

  it('are literal, whatever a client calls itself', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 12 }), anyText({ maxLength: 12 }), (clientId, other) => {
        const values = { 'iot:ClientId': clientId };
        expect(onResource(OWN, `${ARN}client/${clientId}`, values)).toBe('allowed');
        expect(onResource(OWN, `${ARN}client/${other}`, values)).toBe(
          other === clientId ? 'allowed' : 'implicit-deny',
        );
      }),
    );
  });

  it('are literal for a client that calls itself like a pattern or a variable', () => {
    const hostile = fewCharacters('*?${}:ab', 6);
    fc.assert(
      fc.property(hostile, hostile, (clientId, other) => {
        const values = { 'iot:ClientId': clientId, a: 'x', b: '*' };
        const decision = other === clientId ? 'allowed' : 'implicit-deny';
        expect(onResource(OWN, `${ARN}client/${other}`, values)).toBe(decision);
        expect(met({ StringLike: { other: '${iot:ClientId}' } }, { ...values, other })).toBe(
          other === clientId,
        );
        expect(met({ StringEquals: { other: '${iot:ClientId}' } }, { ...values, other })).toBe(
          other === clientId,
        );
        expect(
          met({ ArnLike: { other: `${ARN}\${iot:ClientId}` } }, { ...values, other: `${ARN}${other}` }),
        ).toBe(other === clientId);
      }),
      { numRuns: 1000 },
    );
  });

  it('match nothing when the request has none, and are named', () => {
    const document = aDocument({
      ...ALLOW_ALL,
      Resource: [`${ARN}topic/\${iot:Thing}\${aws:username}*`, OWN],
    });
    const access = anAccess(`${ARN}client/pump`, { 'iot:ClientId': 'pump' });
    expect(explain([document], access)).toEqual({
      decision: 'allowed',
      allowedBy: [0],
      deniedBy: [],
      missing: ['iot:Thing', 'aws:username'],
    });
    expect(onResource('arn:aws:iot:::${iot:ClientId}*', 'arn:aws:iot:::', {})).toBe('implicit-deny');
  });

  it('without a value exclude nothing: what is not like them is everything', () => {
    const document = aDocument({ Effect: 'Deny', Action: '*', NotResource: OWN });
    expect(evaluate([document], anAccess(`${ARN}client/pump`))).toBe('explicit-deny');
    expect(met({ StringNotEquals: { 'aws:username': '${iot:ClientId}' } }, { 'aws:username': 'ann' })).toBe(
      true,
    );
    expect(met({ StringEquals: { 'aws:username': '${iot:ClientId}' } }, { 'aws:username': 'ann' })).toBe(
      false,
    );
  });

  it('have no value when their key has several, and none when two keys differ by case only', () => {
    expect(onResource(OWN, `${ARN}client/a`, { 'iot:ClientId': ['a', 'b'] })).toBe('implicit-deny');
    const twice = { 'iot:ClientId': 'a', 'iot:clientid': 'b' };
    expect(onResource(OWN, `${ARN}client/a`, twice)).toBe('implicit-deny');
    expect(onResource(OWN, `${ARN}client/b`, twice)).toBe('implicit-deny');
    expect(onResource(OWN, `${ARN}client/a`, { 'iot:ClientId': ['a'] })).toBe('allowed');
  });

  it('take their default, literally, when the request has none', () => {
    const pattern = `${ARN}client/\${aws:username, 'any*body'}`;
    expect(onResource(pattern, `${ARN}client/any*body`)).toBe('allowed');
    expect(onResource(pattern, `${ARN}client/anybody`)).toBe('implicit-deny');
    expect(onResource(pattern, `${ARN}client/ann`, { 'aws:username': 'ann' })).toBe('allowed');
    expect(onResource(`${ARN}client/\${aws:username, ''}`, `${ARN}client/`)).toBe('allowed');
  });

  it('escape the characters that mean something', () => {
    const pattern = `${ARN}client/\${*}\${?}\${$}{x}`;
    expect(onResource(pattern, `${ARN}client/*?\${x}`)).toBe('allowed');
    expect(onResource(pattern, `${ARN}client/ab\${x}`)).toBe('implicit-deny');
    expect(met({ StringEquals: { k: '${*}' } }, { k: '*' })).toBe(true);
  });

  it.each(['2008-10-17', undefined])('are plain characters in a document of version %s', (Version) => {
    const document = parsed(JSON.stringify({ Version, Statement: { ...ALLOW_ALL, Resource: OWN } }));
    const values = { 'iot:ClientId': 'pump' };
    expect(evaluate([document], anAccess(`${ARN}client/pump`, values))).toBe('implicit-deny');
    expect(evaluate([document], anAccess(OWN, values))).toBe('allowed');
    expect(problemOf(JSON.stringify({ Version, Statement: { ...ALLOW_ALL, Resource: `${ARN}\${` } }))).toBe(
      'no problem',
    );
  });

  it('are looked for in no property that every object has', () => {
    expect(onResource(`${ARN}client/\${constructor}*`, `${ARN}client/x`)).toBe('implicit-deny');
    expect(met({ StringLike: { ['toString']: '*' } })).toBe(false);
  });
});

describe('7.4 conditions', () => {
  it.each([
    ['StringEquals', 'pump', 'pump', true],
    ['StringEquals', 'pump', 'Pump', false],
    ['StringEquals', 'pump*', 'pump-1', false],
    ['StringNotEquals', 'pump', 'valve', true],
    ['StringNotEquals', 'pump', 'pump', false],
    ['StringEqualsIgnoreCase', 'pump', 'PUMP', true],
    ['StringNotEqualsIgnoreCase', 'pump', 'PUMP', false],
    ['StringLike', 'pump-?*', 'pump-17', true],
    ['StringLike', 'pump-?*', 'Pump-17', false],
    ['StringLike', '', '', true],
    ['StringNotLike', 'pump-*', 'pump-17', false],
    ['ArnEquals', `${ARN}cert/*`, `${ARN}cert/a`, true],
    ['ArnLike', 'arn:aws:iot:*:123456789012:cert/*', `${ARN}cert/a`, true],
    ['ArnLike', 'arn:aws:iot:*:client/x', `${ARN}cert/a:client/x`, false],
    ['ArnLike', 'arn:aws:s:*:1:f/*', 'arn:aws:s:us:9:store/abc:1:f/d', false],
    ['StringLike', 'arn:aws:s:*:1:f/*', 'arn:aws:s:us:9:store/abc:1:f/d', true],
    ['ArnLike', '*', `${ARN}cert/a`, false],
    ['ArnLike', `${ARN}*`, 'no arn', false],
    ['ArnLike', `${ARN}a:b`, `${ARN}a:b`, true],
    ['ArnNotEquals', `${ARN}cert/*`, `${ARN}cert/a`, false],
    ['ArnNotLike', `${ARN}cert/*`, `${ARN}thing/a`, true],
    ['Bool', true, 'true', true],
    ['Bool', 'TRUE', 'true', true],
    ['Bool', 'false', 'true', false],
    ['IpAddress', '203.0.113.0/24', '203.0.113.9', true],
    ['IpAddress', '203.0.113.0/24', '203.0.114.9', false],
    ['IpAddress', '203.0.113.9', '203.0.113.9', true],
    ['IpAddress', '203.0.113.9', '203.0.113.8', false],
    ['IpAddress', '0.0.0.0/0', '203.0.113.8', true],
    ['IpAddress', '203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['IpAddress', '2001:DB8:1234:5678::/64', '2001:db8:1234:5678::1', true],
    ['IpAddress', '2001:DB8:1234:5678::/64', '2001:db8:1234:5679::1', false],
    ['IpAddress', '2001:db8::1', '2001:db8::2', false],
    ['IpAddress', 'fe80::/10', 'fe80::1%eth0', false],
    ['IpAddress', '::/0', 'no address', false],
    ['NotIpAddress', '203.0.113.0/24', '203.0.113.9', false],
    ['NotIpAddress', '203.0.113.0/24', '2001:db8::1', true],
    ['NumericEquals', 10, '10.0', true],
    ['NumericEquals', '10', 'ten', false],
    ['NumericNotEquals', '10', '11', true],
    ['NumericLessThan', '10', '9', true],
    ['NumericLessThan', '10', '10', false],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericGreaterThan', '10', '9', false],
    ['NumericGreaterThanEquals', '-1.5', '-1.5', true],
    ['DateEquals', '2024-01-01T01:00:00+01:00', '2024-01-01T00:00Z', true],
    ['DateEquals', '2024', '2024-01-01', true],
    ['DateNotEquals', '2024-01-01', '2024-01-02', true],
    ['DateLessThan', '2024-01-01T00:00:00Z', '2023-12-31T23:59:59.999Z', true],
    ['DateLessThan', 1_704_067_200, '2023-12-31T23:59:59Z', true],
    ['DateLessThan', '2024-01-01T00:00:00Z', '1704067200', false],
    ['DateLessThanEquals', '2024-01-01T00:00:00Z', '1704067200', true],
    ['DateGreaterThan', '2024-01-01T00:00:00Z', '2024-01-01T00:00:00.001Z', true],
    ['DateGreaterThanEquals', '2024-01-01T00:00:00Z', 'yesterday', false],
  ])('%s %j of %j: %s', (operator, wanted, actual, holds) => {
    expect(met({ [operator]: { 'some:Key': wanted } }, { 'some:Key': actual })).toBe(holds);
  });

  it.each([
    ['StringEquals', 'x', false],
    ['StringNotEquals', 'x', true],
    ['StringEqualsIfExists', 'x', true],
    ['StringNotEqualsIfExists', 'x', true],
    ['ArnLike', '*', false],
    ['ArnNotLike', '*', true],
    ['Bool', 'false', false],
    ['BoolIfExists', 'true', true],
    ['IpAddress', '::/0', false],
    ['NotIpAddress', '::/0', true],
    ['NumericLessThan', '1', false],
    ['NumericNotEquals', '1', true],
    ['DateLessThanIfExists', '2024-01-01', true],
    ['DateLessThan', '2024-01-01', false],
    ['Null', 'true', true],
    ['Null', false, false],
    ['ForAllValues:StringEquals', 'x', true],
    ['ForAllValues:StringNotEquals', 'x', true],
    ['ForAnyValue:StringEquals', 'x', false],
    ['ForAnyValue:StringNotEquals', 'x', false],
    ['ForAnyValue:StringEqualsIfExists', 'x', false],
  ])('%s %j of a key that the request has not: %s', (operator, wanted, holds) => {
    expect(met({ [operator]: { 'some:Key': wanted } })).toBe(holds);
    expect(met({ [operator]: { 'some:Key': wanted } }, { 'some:Key': undefined })).toBe(holds);
    expect(met({ [operator]: { 'some:Key': wanted } }, { 'some:Key': [] })).toBe(holds);
  });

  it('of a key that the request has: IfExists changes nothing and Null false holds', () => {
    expect(met({ StringEqualsIfExists: { k: 'x' } }, { k: 'y' })).toBe(false);
    expect(met({ StringEqualsIfExists: { k: 'x' } }, { k: 'x' })).toBe(true);
    expect(met({ Null: { k: 'false' } }, { k: 'x' })).toBe(true);
    expect(met({ Null: { k: 'true' } }, { k: 'x' })).toBe(false);
    expect(met({ Null: { k: 'true' } }, { k: '' })).toBe(true);
  });

  it('take the values of a policy as alternatives, and of a negated operator none', () => {
    expect(met({ StringEquals: { k: ['a', 'b'] } }, { k: 'b' })).toBe(true);
    expect(met({ StringNotEquals: { k: ['a', 'b'] } }, { k: 'b' })).toBe(false);
    expect(met({ StringNotEquals: { k: ['a', 'b'] } }, { k: 'c' })).toBe(true);
    expect(met({ NotIpAddress: { k: ['10.0.0.0/8', '::1'] } }, { k: '10.1.2.3' })).toBe(false);
  });

  it.each([
    ['ForAllValues:StringLike', ['a*', 'b'], ['a1', 'b'], true],
    ['ForAllValues:StringLike', ['a*', 'b'], ['a1', 'c'], false],
    ['ForAnyValue:StringLike', ['a*', 'b'], ['c', 'a1'], true],
    ['ForAnyValue:StringLike', ['a*', 'b'], ['c', 'd'], false],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'd'], true],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'a'], false],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'c'], true],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
    ['ForAnyValue:NumericLessThan', ['5'], ['9', '4'], true],
    ['ForAllValues:StringEquals', ['a'], [''], true],
    ['ForAnyValue:StringEquals', [''], [''], false],
    ['StringEquals', ['a', 'b'], ['a', 'b'], false],
    ['StringNotEquals', ['c'], ['a', 'b'], false],
  ])('%s %j of several values %j: %s', (operator, wanted, actual, holds) => {
    expect(met({ [operator]: { k: wanted } }, { k: actual })).toBe(holds);
  });

  it('must all be met, also two of a key in two capitalizations', () => {
    const values = { 'aws:username': 'ann', 'iot:ClientId': 'pump' };
    const both = { StringEquals: { 'aws:username': 'ann', 'iot:ClientId': 'pump' } };
    expect(met(both, values)).toBe(true);
    expect(met({ ...both, StringNotLike: { 'iot:ClientId': 'p*' } }, values)).toBe(false);
    expect(met({ StringEquals: { 'aws:username': 'ann', 'AWS:UserName': 'bob' } }, values)).toBe(false);
    expect(met({}, values)).toBe(true);
  });

  it('know no case in keys, thing attributes included', () => {
    const values = { 'iot:Connection.Thing.Attributes[Site]': 'north' };
    expect(met({ StringEquals: { 'IOT:connection.thing.attributes[site]': 'north' } }, values)).toBe(true);
  });

  it('compare with variables, in strings and ARNs', () => {
    const values = { 'iot:ClientId': 'pump', 'iot:Connection.Thing.ThingName': 'pump', arn: `${ARN}x/pump` };
    expect(met({ StringEquals: { 'iot:Connection.Thing.ThingName': '${iot:ClientId}' } }, values)).toBe(true);
    expect(met({ ArnEquals: { arn: `${ARN}*/\${iot:ClientId}` } }, values)).toBe(true);
    expect(met({ ArnEquals: { arn: '${arn}' } }, values)).toBe(true);
    expect(met({ ArnEquals: { arn: `${ARN}*/\${aws:username}` } }, values)).toBe(false);
  });

  it('revoke the older sessions of a role, as IAM does it', () => {
    const document = aDocument({
      ...DENY_ALL,
      Condition: { DateLessThan: { 'aws:TokenIssueTime': '2024-05-01T12:00:00Z' } },
    });
    const decisionFor = (issued?: string) =>
      evaluate([document, aDocument(ALLOW_ALL)], anAccess('*', { 'aws:TokenIssueTime': issued }));
    expect(decisionFor('2024-05-01T11:59:59Z')).toBe('explicit-deny');
    expect(decisionFor('2024-05-01T12:00:01Z')).toBe('allowed');
    expect(decisionFor()).toBe('allowed');
  });
});

describe('7.5 allow and deny', () => {
  const statements = fc.array(
    fc.record({
      Effect: fc.constantFrom('Allow', 'Deny'),
      Action: fc.constantFrom('iot:Connect', 'iot:Publish', 'iot:*'),
      Resource: fc.constantFrom('*', 'a', 'b'),
    }),
    { minLength: 1, maxLength: 6 },
  );
  const access = anAccess('a');
  const concerns = ({ Action, Resource }: { Action: string; Resource: string }) =>
    Action !== 'iot:Publish' && Resource !== 'b';

  it('denies what nothing allows', () => {
    expect(evaluate([], access)).toBe('implicit-deny');
    expect(explain([aDocument({ ...ALLOW_ALL, Action: 'iot:Publish' })], access)).toEqual({
      decision: 'implicit-deny',
      allowedBy: [],
      deniedBy: [],
      missing: [],
    });
  });

  it('lets a Deny win over every Allow, in whatever order', () => {
    fc.assert(
      fc.property(statements, (chosen) => {
        const effects = new Set(chosen.filter(concerns).map(({ Effect }) => Effect));
        const allowed = effects.has('Allow') ? 'allowed' : 'implicit-deny';
        const decision = effects.has('Deny') ? 'explicit-deny' : allowed;
        expect(evaluate([aDocument(...chosen)], access)).toBe(decision);
        expect(evaluate([aDocument(...chosen.toReversed())], access)).toBe(decision);
        expect(
          evaluate(
            chosen.map((each) => aDocument(each)),
            access,
          ),
        ).toBe(decision);
      }),
    );
  });

  it('denies whatever else is said, wherever a Deny is put in', () => {
    fc.assert(
      fc.property(statements, fc.nat(), (chosen, place) => {
        const denied = chosen.toSpliced(place % (chosen.length + 1), 0, {
          Effect: 'Deny',
          Action: 'iot:*',
          Resource: '*',
        });
        expect(
          evaluate(
            denied.map((each) => aDocument(each)),
            access,
          ),
        ).toBe('explicit-deny');
      }),
    );
  });

  it('names the documents that allow and that deny, by their places', () => {
    const documents = [
      aDocument(ALLOW_ALL),
      aDocument({ ...ALLOW_ALL, Resource: 'b' }),
      aDocument(ALLOW_ALL, DENY_ALL),
      aDocument(DENY_ALL),
    ];
    expect(explain(documents, access)).toMatchObject({
      decision: 'explicit-deny',
      allowedBy: [0, 2],
      deniedBy: [2, 3],
    });
  });

  it('takes NotAction and NotResource as everything else', () => {
    const document = aDocument(
      { Effect: 'Allow', NotAction: ['iot:Publish', 'iot:Receive'], Resource: '*' },
      { Effect: 'Deny', Action: '*', NotResource: ['a', 'b*'] },
    );
    const decisionFor = (resource: string, action: string) =>
      evaluate([document], anAccess(resource, {}, action));
    expect(decisionFor('a', 'iot:Connect')).toBe('allowed');
    expect(decisionFor('a', 'IOT:publish')).toBe('implicit-deny');
    expect(decisionFor('bb', 'iot:Connect')).toBe('allowed');
    expect(decisionFor('c', 'iot:Connect')).toBe('explicit-deny');
  });

  it('cuts a client off by its ID alone, and nobody else', () => {
    const documents = [
      aDocument({ Effect: 'Allow', Action: 'iot:*', Resource: '*' }),
      aDocument({ Effect: 'Deny', Action: 'iot:Connect', Resource: `${ARN}client/pump-17` }),
    ];
    expect(evaluate(documents, anAccess(`${ARN}client/pump-17`))).toBe('explicit-deny');
    expect(evaluate(documents, anAccess(`${ARN}client/pump-1`))).toBe('allowed');
    expect(evaluate(documents, anAccess(`${ARN}topic/a`, {}, 'iot:Publish'))).toBe('allowed');
  });
});
