import { ACTIONS } from '../src/domain/action.ts';
import type { Action } from '../src/domain/action.ts';

type Table = { readonly head: readonly string[]; readonly row: (action: Action) => readonly string[] };

/** The tables that are made from the records of the actions, by the file and the name between whose marks they stand. */
const TABLES: Readonly<Record<string, Readonly<Record<string, Table>>>> = {
  'README.md': {
    actions: {
      head: ['action', 'for', 'what it does', 'undo'],
      row: ({ id, principals, summary, inverse }) => [code(id), kinds(principals), summary, inverse],
    },
  },
  'docs/how-it-works.md': {
    actions: {
      head: ['action', 'what it does', 'read back by', 'hold', 'undo'],
      row: ({ id, summary, readBack, holdMs, inverse }) => [
        code(id),
        summary,
        readBack,
        `${holdMs / 60_000}m`,
        inverse,
      ],
    },
  },
  'docs/aws-setup.md': {
    permissions: {
      head: ['action', 'needs', 'its undo, on top'],
      row: ({ id, permissions, undoPermissions }) => [code(id), codes(permissions), codes(undoPermissions)],
    },
  },
};

export const GENERATED_IN: readonly string[] = Object.keys(TABLES);

/** The text of a file with its generated tables as they should be. Throws where the marks of one are missing. */
export function withGenerated(file: string, text: string): string {
  return Object.entries(TABLES[file] ?? {}).reduce((whole, [name, table]) => {
    const [begin, end] = [`<!-- generated: ${name} -->\n`, '<!-- end -->'];
    const [from, to] = [whole.indexOf(begin), whole.indexOf(end, whole.indexOf(begin))];
    if (from < 0 || to < 0) throw new Error(`${file} has no marks for the table "${name}"`);
    return `${whole.slice(0, from)}${begin}\n${drawn(table)}\n${whole.slice(to)}`;
  }, text);
}

/** Aligned as the formatter aligns it, so that both agree. */
function drawn({ head, row }: Table): string {
  const rows = [head, ...Object.values<Action>(ACTIONS).map(row)];
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  const line = (cells: readonly string[], fill = ' ') =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |\n`;
  const [first = '', ...rest] = rows.map((cells) => line(cells));
  return [first, line([], '-'), ...rest].join('');
}

function kinds(principals: Action['principals']): string {
  return principals.length > 3 ? 'every principal' : principals.map(plain).join(', ');
}

function plain(kind: string): string {
  return kind === 'cognito-identity' ? 'Cognito identity' : kind.replaceAll('-', ' ');
}

function code(word: string): string {
  return `\`${word}\``;
}

function codes(words: readonly string[]): string {
  return words.map(code).join(', ');
}
