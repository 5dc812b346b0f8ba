import { describe, expect, it } from '@jest/globals';
import { makePlan } from '../../src/domain/make-plan.ts';
import { method } from '../../src/domain/request.ts';
import type { EvictionRequest, Method } from '../../src/domain/request.ts';
import { CLIENT } from './an-event.ts';
import { someReadings } from './some-readings.ts';

const planOf = (request: Partial<EvictionRequest>) => makePlan(someReadings({ request }));
const codes = (request: Partial<EvictionRequest>) => planOf(request).warnings.map(({ code }) => code);
const methods = (...some: Method[]) => method.options.map((one) => ({ one, is: some.includes(one) }));

describe('a warning about the kick', () => {
  it.each(methods('takeover'))('of the Last Will, by --method $one: $is', ({ one, is }) => {
    expect(codes({ method: one }).includes('publishes-last-will')).toBe(is);
  });

  it.each(methods('takeover', 'both', 'api'))(
    'of the Last Will, by --method $one with --publish-will: $is',
    ({ one, is }) => {
      expect(codes({ method: one, publishWill: true }).includes('publishes-last-will')).toBe(is);
    },
  );

  it.each(methods('takeover', 'both', 'api'))(
    'of the session, by --method $one: $is, and never with --keep-session',
    ({ one, is }) => {
      expect(codes({ method: one }).includes('ends-session')).toBe(is);
      expect(codes({ method: one, keepSession: true })).not.toContain('ends-session');
    },
  );

  it.each(methods('takeover', 'both'))(
    'of Device Defender, and of the online status, by --method $one: $is',
    ({ one, is }) => {
      expect(codes({ method: one }).includes('device-defender-finding')).toBe(is);
      expect(codes({ method: one }).includes('shows-online')).toBe(is);
    },
  );

  it.each(methods('takeover', 'both'))(
    'of the messages that it consumes, by --method $one: $is, and only with --keep-session',
    ({ one, is }) => {
      expect(codes({ method: one, keepSession: true }).includes('consumes-messages')).toBe(is);
      expect(codes({ method: one })).not.toContain('consumes-messages');
    },
  );

  it('of subscriptions that cannot be read says what will be known instead: topics, or nothing', () => {
    const said = (request: Partial<EvictionRequest>) =>
      makePlan(someReadings({ request, subscriptions: { known: false, why: 'Forbidden' } })).warnings.find(
        ({ code }) => code === 'subscriptions-unknown',
      )?.message;
    expect(said({ keepSession: true })).toMatch(/topics of the messages .*: Forbidden/u);
    for (const request of [{}, { keepSession: true, method: 'api' as const }])
      expect(said(request)).not.toContain('topics');
  });
});

describe('the command that kicks by hand', () => {
  const where = '--region eu-west-1';
  const kick = `aws iot-data delete-connection --client-id=${CLIENT}`;

  it.each([
    [{ method: 'takeover' }, `${kick} --clean-session ${where}`],
    [{ method: 'takeover', keepSession: true }, `${kick} ${where}`],
    [{ method: 'api' }, `${kick} --clean-session --prevent-will-message ${where}`],
    [{ method: 'both', keepSession: true }, `${kick} --prevent-will-message ${where}`],
    [{ method: 'api', publishWill: true }, `${kick} --clean-session ${where}`],
  ] satisfies [Partial<EvictionRequest>, string][])('does what %j does', (request, command) => {
    expect(planOf(request).equivalent.at(-1)).toBe(command);
  });

  it('is none without a kick', () => {
    expect(planOf({ method: 'none' }).equivalent).toHaveLength(1);
    expect(planOf({ method: 'none' }).equivalent[0]).toContain('update-certificate');
  });
});

describe('what is said of a hidden client', () => {
  it.each([
    ['takeover', 'nothing can prove; --method api or both can'],
    ['api', 'only GetConnection can prove'],
    ['both', 'between the call and the takeover'],
    ['none', 'only GetConnection can show'],
  ] as const)('under --method %s is what can prove that it is gone', (one, words) => {
    const { warnings } = planOf({ clientId: 'pump#1', method: one });
    expect(warnings.find(({ code }) => code === 'hidden-client')?.message).toContain(words);
  });
});

describe('--require-proof for a client without events', () => {
  const hidden = { clientId: 'pump#2', requireProof: true };
  const blockers = (request: Partial<EvictionRequest>, readable = true) =>
    makePlan(
      someReadings({ request, ...(readable ? {} : { connection: { known: false, why: 'Forbidden' } }) }),
    ).blockers.map(({ code }) => code);

  it.each(methods('api', 'both'))(
    'is satisfied by --method $one: $is, where the connection API answers',
    ({ one, is }) => {
      expect(blockers({ ...hidden, method: one })).toEqual(is ? [] : ['cannot-prove']);
      expect(blockers({ ...hidden, method: one }, false)).toEqual(['cannot-prove']);
    },
  );
});
