/**
 * The most columns that the text can take: two for whatever is not plain Latin. Terminals differ about the width of the
 * rest; one that takes less leaves a line that is shorter than it might be, and never one that is too long.
 */
export function widest(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOf(character);
  return columns;
}

/** The text, cut to fit the columns. */
export function fitted(text: string, columns: number): string {
  if (widest(text) <= columns) return text;
  let room = columns - widest(CUT);
  let cut = '';
  for (const character of text) {
    room -= columnsOf(character);
    if (room < 0) break;
    cut += character;
  }
  return cut + CUT;
}

const CUT = '…';
const LAST_NARROW = 0x2_ff;

function columnsOf(character: string): number {
  return (character.codePointAt(0) ?? 0) <= LAST_NARROW ? 1 : 2;
}
