import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { listedClients } from '../../src/domain/client-list.ts';

describe('a list of clients', () => {
  it('has a client ID in each line as it stands, with whatever ends the line, and each counts once', () => {
    expect(listedClients('pump-17\r\n pump 18 \n\n"quoted\n[1\n{a}\n1234\npump-17')).toEqual([
      'pump-17',
      ' pump 18 ',
      '"quoted',
      '[1',
      '{a}',
      '1234',
    ]);
  });

  it('may as well have JSON, and comments', () => {
    expect(listedClients('# these\n"#1"\n{"clientId":"#2","verdict":"evicted"}\n  {"clientId":"3"}')).toEqual(
      ['#1', '#2', '3'],
    );
  });

  it('can name any client whatever as a JSON string', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.constantFrom('\n', '\r\n'), (ids, newline) => {
        const text = ids.map((id) => JSON.stringify(id)).join(newline);
        expect(listedClients(text)).toEqual([...new Set(ids)]);
      }),
    );
  });

  it.each(['{}', '[]', '["pump-17"]', '{"clientId":17}'])(
    'is refused with the line where that is %s',
    (line) => {
      expect(() => listedClients(`pump-17\n\n${line}\n`)).toThrow('line 3');
    },
  );

  it('is refused where it names more clients than can be looked at', () => {
    const many = Array.from({ length: 100_001 }, (_, index) => `pump-${index}\n`).join('');
    expect(() => listedClients(many)).toThrow('more than 100000');
  });
});
