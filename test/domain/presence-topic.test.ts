import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { presenceFilters } from '../../src/domain/presence-topic.ts';

const KINDS = ['connected', 'disconnected', 'connect_failed'];

/** Client IDs in which slashes and wildcards are frequent. */
const clientId = fc
  .array(fc.oneof(fc.constantFrom('/', '/', '#', '+', '$', 'pump'), fc.string({ maxLength: 3 })), {
    minLength: 1,
  })
  .map((parts) => parts.join(''))
  .filter((text) => text !== '');

/** Matching as MQTT defines it. [MQTT-4.7.1] */
function matches(filter: string, topic: string): boolean {
  const [filters, topics] = [filter.split('/'), topic.split('/')];
  for (const [index, level] of filters.entries()) {
    if (level === '#') return true;
    if (topics[index] === undefined || (level !== '+' && level !== topics[index])) return false;
  }
  return filters.length === topics.length;
}

describe('the filters of a client', () => {
  it.each([
    ['pump-17', 'pump-17'],
    ['a/b/c/d', 'a/b/c/d'],
    ['a/b/c/d/e', 'a/b/c/#'],
    ['////', '///#'],
    ['ünï', 'ünï'],
  ])('of %s end in %s', (id, tail) => {
    expect(presenceFilters(id)).toEqual(KINDS.map((kind) => `$aws/events/presence/${kind}/${tail}`));
  });

  it.each(['#', '+', 'thing#2', 'a/+/b', '+/+/+/+/+'])(
    'of %s do not exist: its ID would be a wildcard of the attacker',
    (id) => {
      expect(presenceFilters(id)).toEqual([]);
    },
  );

  it('never have more than the seven slashes that AWS allows', () => {
    fc.assert(
      fc.property(clientId, (id) => {
        for (const filter of presenceFilters(id)) expect(filter.split('/').length - 1).toBeLessThanOrEqual(7);
      }),
    );
  });

  it("match the client's own topics, one filter for each kind", () => {
    fc.assert(
      fc.property(
        clientId.filter((id) => !/[#+]/u.test(id)),
        (id) => {
          for (const kind of KINDS) {
            const topic = `$aws/events/presence/${kind}/${id}`;
            expect(presenceFilters(id).filter((filter) => matches(filter, topic))).toHaveLength(1);
          }
        },
      ),
    );
  });

  it('have a wildcard only at their end, and only where the slashes ran out', () => {
    fc.assert(
      fc.property(clientId, (id) => {
        for (const filter of presenceFilters(id)) {
          expect(filter.replace(/\/#$/u, '')).not.toMatch(/[#+]/u);
          expect(filter.endsWith('/#')).toBe(id.split('/').length > 4);
        }
      }),
    );
  });
});
