import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { castText, parseCast } from '../scripts/cast.ts';
import { pictureOf } from '../scripts/picture.ts';

const read = (name: string) => readFile(new URL(`../docs/${name}`, import.meta.url), 'utf8');

describe('the recording of a run at the prompt', () => {
  it('is an asciicast of version 2, whose times do not run backwards', async () => {
    const text = await read('at-the-prompt.cast');
    expect(castText(parseCast(text))).toBe(text);
  });

  it('shows the proposal, what was chosen and typed, each step, the countdown and the verdict', async () => {
    const { output } = parseCast(await read('at-the-prompt.cast'));
    const shown = output.map(([, text]) => text).join('');
    const steps = ['account', 'ACTIVE → INACTIVE', 'go ahead', 'Type the client ID', 'watch', 'takeover'];
    for (const part of [...steps, 'left of unbroken quiet', 'proved gone', 'EVICTED', 'undo'])
      expect(shown).toContain(part);
  });

  it('is what the picture in the README was drawn from', async () => {
    expect(await pictureOf(parseCast(await read('at-the-prompt.cast')))).toBe(
      await read('at-the-prompt.svg'),
    );
    expect(await readFile(new URL('../README.md', import.meta.url), 'utf8')).toContain(
      'docs/at-the-prompt.svg',
    );
  });

  it('refuses what is no recording', () => {
    expect(() => parseCast('{"version":1}')).toThrow(/version/u);
    const header = '{"version":2,"width":80,"height":24,"title":"t"}';
    expect(() => parseCast(`${header}\n[2,"o","b"]\n[1,"o","a"]`)).toThrow(/backwards/u);
  });
});
