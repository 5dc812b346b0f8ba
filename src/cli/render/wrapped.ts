import { widest } from './width.ts';

/** Less than this beside an indent is no text any more. */
const NARROWEST = 16;

/** Breaks a text between words so that it fits beside an indent. A word that is too long for a line has one to itself. */
export function wrapped(
  text: string,
  { width, indent }: { readonly width: number; readonly indent: number },
): string[] {
  const room = Math.max(NARROWEST, width - indent);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widest(line) + 1 + widest(word) > room) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => `${' '.repeat(indent)}${one}`);
}
