import type { Check, CheckGroup, CheckStatus, CheckupDocument, Way } from '../../domain/checkup.ts';
import { shown } from '../console.ts';
import type { Colour, Console } from '../console.ts';
import { wrapped } from './wrapped.ts';

type Page = Pick<Console, 'paint'> & { readonly width: number; readonly verbose: boolean };

const GROUPS: Readonly<Record<CheckGroup, string>> = {
  identity: 'Who asks, and where',
  clock: 'Clock',
  endpoints: 'Endpoints',
  permissions: 'Permissions, as tried on what does not exist',
  events: 'Where clients are looked up',
  state: 'Record',
  broker: 'Broker',
};

const WAYS: Readonly<Record<Way, string>> = {
  'dry-run': 'dry run',
  'respond-by-websocket': 'respond, with the AWS credentials on the broker',
  'respond-by-certificate': 'respond, with a certificate on the broker',
  'kick-by-api': 'kick by API',
  detach: 'detach policies, and undo that',
  watch: 'watch presence events',
};

const MARKS: Readonly<Record<CheckStatus, { readonly sign: string; readonly colour: Colour }>> = {
  ok: { sign: '✓', colour: 'green' },
  warn: { sign: '!', colour: 'yellow' },
  fail: { sign: '✗', colour: 'red' },
  unknown: { sign: '?', colour: 'yellow' },
  skipped: { sign: '–', colour: 'dim' },
};

/** A checkup as a person reads it: what was found, group by group, and at the end what it comes to. */
export function checkupLines(document: CheckupDocument, page: Page): string[] {
  const groups = [...new Set(document.checks.map(({ group }) => group))];
  return [
    ...groups.flatMap((group) => [
      page.paint('bold', GROUPS[group]),
      ...document.checks.filter((one) => one.group === group).flatMap((one) => checkLines(one, page)),
    ]),
    page.paint('bold', 'Ways of working'),
    ...document.ways.flatMap((one) => wayLines(one, document, page)),
    verdictLine(document, page),
  ];
}

function checkLines({ id, status, message, hint, neededFor }: Check, page: Page): string[] {
  const needed = neededFor.length === 0 ? 'nothing else' : neededFor.join(', ');
  return [
    ...line(status, `${shown(id)}: ${shown(message)}`, page),
    ...(hint === undefined || status === 'ok'
      ? []
      : wrapped(`→ ${shown(hint)}`, { ...page, indent: INDENT })),
    ...(page.verbose ? wrapped(`needed for: ${needed}`, { ...page, indent: INDENT }) : []),
  ];
}

function wayLines(
  { way, ready, lacks }: CheckupDocument['ways'][number],
  { checks }: CheckupDocument,
  page: Page,
): string[] {
  if (ready) return line('ok', WAYS[way], page);
  // What was skipped had to wait for something else, which is named.
  const waiting = new Set(checks.filter(({ status }) => status === 'skipped').map(({ id }) => id));
  const tried = lacks.filter((id) => !waiting.has(id));
  const named = (tried.length === 0 ? lacks : tried).map(shown);
  return line('fail', `${WAYS[way]}: see ${named.join(', ')}`, page);
}

function verdictLine({ ready, ways }: CheckupDocument, { paint }: Page): string {
  const configured = ways.filter((one) => one.configured).map(({ way }) => WAYS[way]);
  return `${ready ? paint('green', 'READY') : paint('red', 'NOT READY')}: ${configured.join('; ')}`;
}

/** Sign and word, so that the colour says nothing that they do not say. */
const INDENT = '  ✓ skipped '.length;

function line(status: CheckStatus, text: string, page: Page): string[] {
  const { sign, colour } = MARKS[status];
  const [first = '', ...rest] = wrapped(text, { ...page, indent: INDENT });
  return [`  ${page.paint(colour, `${sign} ${status.padEnd(8)}`)}${first.trimStart()}`, ...rest];
}
