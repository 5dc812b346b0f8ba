import { describe, expect, it } from '@jest/globals';
import { checkupLines } from '../../src/cli/render/checkup.ts';
import { isPrintable } from '../../src/domain/printable.ts';
import { type Check, checkupDocumentOf, checkStatus } from '../../src/domain/checkup.ts';

const A_MESSAGE = 'something that takes more than a few words to be said, and a hint of what to do about it';

const checks: Check[] = checkStatus.options.map((status, place) => ({
  id: `check-${place}`,
  group: place < 3 ? 'identity' : 'broker',
  status,
  message: A_MESSAGE,
  hint: 'do this, that, and a little more of both',
  neededFor: ['respond-by-certificate'],
}));

const [aCheck = { id: '', group: 'identity', status: 'ok', message: '', neededFor: [] }] = checks;

const page = (width: number, given = checks) =>
  checkupLines(
    checkupDocumentOf({
      toolVersion: '1',
      configured: ['respond-by-certificate'],
      responding: 'respond-by-certificate',
      clockSkewMs: undefined,
      checks: given,
    }),
    { width, verbose: true, paint: (_, text) => text },
  );

describe('a checkup on the screen', () => {
  it.each([30, 40, 60, 100, 200])('fits a terminal of %d columns', (width) => {
    const tooLong = page(width).filter((line) => line.length > width && line.trim().includes(' '));
    expect(tooLong.filter((line) => !/^\S/u.test(line))).toEqual([]);
  });

  it('has a sign and a word for each status, so that no colour is needed', () => {
    const text = page(100).join('\n');
    for (const word of ['✓ ok', '! warn', '✗ fail', '? unknown', '– skipped']) expect(text).toContain(word);
    expect(text).toContain('→ do this');
    expect(text).toContain('needed for: respond-by-certificate');
  });

  it('begins every text of a group in the same column', () => {
    const starts = page(100)
      .filter((line) => /check-\d/u.test(line) && !line.includes('see'))
      .map((line) => line.indexOf('check-'));
    expect(new Set(starts).size).toBe(1);
  });

  it('names at its end what is missing, and not what only had to wait for that', () => {
    const lines = page(100);
    const line = lines.find((one) => one.includes('see check')) ?? '';
    expect(line.trim()).toBe('✗ fail    respond, with a certificate on the broker: see check-2, check-3');
    expect(lines.at(-1)).toBe('NOT READY: respond, with a certificate on the broker');
  });

  it('shows what is hostile as text', () => {
    const hostile: Check = { ...aCheck, id: 'events:\u001b[2J\n', message: 'a\u202eb' };
    const text = page(100, [hostile]).join('');
    expect(isPrintable(text)).toBe(true);
  });
});
