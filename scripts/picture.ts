import xterm from '@xterm/headless';
import type { Cast } from './cast.ts';

const CELL = { width: 8.4, height: 18, font: 14 };
const MARGIN = 16;
const PAPER = '#11151c';
const INK = '#d8dee9';
/** The sixteen colours of a terminal that a program may ask for by number. */
const COLOURS = [
  '#3b4252', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d8dee9',
  '#6b7689', '#ff7b85', '#b5e890', '#ffd68a', '#82c4ff', '#d7a1e9', '#7fd6e0', '#ffffff',
]; // prettier-ignore

/** Draws what a recording's terminal shows in the end, scrolled-away lines included, as an SVG. */
export async function pictureOf(cast: Cast): Promise<string> {
  const terminal = new xterm.Terminal({
    cols: cast.columns,
    rows: cast.rows,
    scrollback: 1_000,
    allowProposedApi: true,
  });
  for (const [, text] of cast.output) await new Promise<void>((shown) => terminal.write(text, shown));
  const lines = linesOf(terminal).map(runsOf);
  terminal.dispose();
  return svg(cast, lines);
}

type Run = { readonly column: number; text: string; readonly style: string };
type Line = xterm.IBufferLine;

function linesOf({ buffer: { active } }: xterm.Terminal): Line[] {
  const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row));
  const last = lines.findLastIndex((line) => line !== undefined && line.translateToString(true) !== '');
  return lines.slice(0, last + 1).filter((line) => line !== undefined);
}

/** Neighbouring cells of one style make one piece of text. */
function runsOf(line: Line): Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < line.length; column += 1) {
    const cell = line.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const text = cell.getChars() === '' ? ' ' : cell.getChars();
    const last = runs.at(-1);
    if (last?.style === style) last.text += text;
    else runs.push({ column, text, style });
  }
  return runs.filter(({ text }) => text.trim() !== '');
}

function styleOf(cell: xterm.IBufferCell): string {
  const colour = cell.isFgPalette() ? COLOURS[cell.getFgColor()] : undefined;
  return [
    `fill="${colour ?? INK}"`,
    ...(cell.isBold() ? ['font-weight="bold"'] : []),
    ...(cell.isDim() ? ['opacity="0.65"'] : []),
    ...(cell.isUnderline() ? ['text-decoration="underline"'] : []),
  ].join(' ');
}

function svg({ columns, title }: Cast, lines: readonly (readonly Run[])[]): string {
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  const texts = lines.flatMap((runs, row) =>
    runs.map(({ column, text, style }) => {
      const x = (MARGIN + column * CELL.width).toFixed(1);
      const y = MARGIN + row * CELL.height + CELL.font;
      const length = (text.trimEnd().length * CELL.width).toFixed(1);
      return `<text x="${x}" y="${y}" textLength="${length}" ${style}>${escaped(text.trimEnd())}</text>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${CELL.font}" xml:space="preserve">
${texts.join('\n')}
</g>
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
