import { expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellQuoted } from '../../src/domain/equivalent.ts';
import { anUntouchedBench, type Bench, CLIENT } from './a-bench.ts';
import { type Ended } from './run.ts';

/** What is typed, what is printed, and the exit code. `WRITE_TABLE=yes` writes it anew, to be read before it is committed. */
const TABLE = fileURLToPath(new URL('bad-input-table.txt', import.meta.url));
const AT_ONCE = 4;

const bench = anUntouchedBench();

type Row = {
  /** Without `evict`; `{config}`, `{events}` and `{bad}` stand for paths. */
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What `{bad}` has on top of the sandbox's configuration, or alone. */
  readonly config?: string;
  readonly alone?: boolean;
  readonly stdin?: string;
};

const TO_CLIENT = [CLIENT, '--config', '{config}', '--yes'];
const client = (...more: string[]): Row => ({ words: [...TO_CLIENT, ...more] });
const command = (...words: string[]): Row => ({ words: [...words, '--config', '{config}'] });
const configured = (config: string): Row => ({ words: [CLIENT, '--config', '{bad}', '--yes'], config });
const surrounded = (env: Readonly<Record<string, string>>): Row => ({ words: TO_CLIENT, env });

const ROWS: readonly Row[] = [
  // Words that mean nothing.
  { words: [] },
  client('--jsonn'),
  client('-x'),
  client('--force'),
  client('--case'),
  client('pump-2'),
  { words: ['udno', '--config', '{config}', '--yes'] },
  { words: [CLIENT, '--config', '{config}'] },
  { words: ['--config', '{config}', '--yes'] },
  // Client IDs.
  { words: ['--config', '{config}', '--yes', '--', ''] },
  { words: ['--config', '{config}', '--yes', '--', '$aws'] },
  { words: ['--config', '{config}', '--yes', '--', 'é'.repeat(65)] },
  { words: ['--config', '{config}', '--yes', '--', 'a\u001b[31m\u0007b'] },
  { words: ['Pump-1', '--config', '{config}', '--yes'] },
  // Values.
  command('watch', '--retention', '1m'),
  client('--events', 'journal'),
  client('--hold', 'soon'),
  client('--hold', '25h'),
  client('--timeout', '0'),
  client('--deadline', '-1s'),
  client('--lookup-timeout', '1 minute'),
  client('--action', 'destroy'),
  client('--method', 'force'),
  client('--mqtt-version', '3'),
  client('--region', 'Europe!'),
  client('--endpoint-url', 'iot.example'),
  client('--data-endpoint-url', 'ftp://x'),
  client('--mqtt-url', 'tcp://localhost:1883'),
  client('--principal', ''),
  client('--reason', ''),
  // Options that do not fit one another.
  client('--action', 'none', '--action', 'detach'),
  client('--action', 'revoke', '--action', 'deactivate'),
  client('--policy', 'fleet'),
  client('--confirm-revoke', 'f'.repeat(64)),
  client('--publish-will'),
  client('--method', 'none', '--keep-session'),
  client('--method', 'none', '--action', 'none'),
  client('--dry-run'),
  client('--quiet', '--verbose'),
  client('--cert', '{config}'),
  // Files.
  client('--events', 'nowhere.jsonl'),
  client('--events', 'jurnal'),
  client('--events', 'dynamodb'),
  client('--events', '.'),
  client('--events', 's3://bucket/prefix'),
  { words: [...TO_CLIENT, '--events', '-'], stdin: '{broken\n' },
  client('--cert', 'nowhere.pem'),
  client('--ca', '{config}'),
  client('--state-dir', '/proc/evict'),
  { words: [CLIENT, '--config', 'nowhere.yaml', '--yes'] },
  configured('hold: soon\ntimeout: [1s, 2s]\nyes: true\nholdd: 3m\nregion: {a: b}\n'),
  configured('reason: &a [b]\nhold: *a\n'),
  { ...configured('{'), alone: true },
  { ...configured('just words'), alone: true },
  // The environment.
  surrounded({ EVICT_HOLD: 'soon' }),
  surrounded({ EVICT_HOLDD: '3m' }),
  surrounded({ EVICT_YES: 'true' }),
  surrounded({ EVICT_PRINCIPAL: 'x' }),
  surrounded({ EVICT_CONFIG: 'nowhere.yaml', EVICT_JSON: 'perhaps' }),
  // What stands in the way.
  client('--principal', 'f'.repeat(64)),
  client('--action', 'revoke'),
  client('--action', 'detach', '--policy', 'no-such-policy'),
  configured('protect: [pump-1]\n'),
  // The world.
  client('--endpoint-url', 'http://127.0.0.1:1'),
  client('--profile', 'nobody'),
  // Other commands.
  command('undo'),
  command('undo', 'yesterday'),
  command('undo', '20200101T000000Z-000000', '--yes'),
  command('undo', '../../etc/passwd', '--yes'),
  command('resume', '20200101T000000Z-000000', '--yes'),
  command('resume', '{events}', '--yes'),
  command('show', '20200101T000000Z-000000'),
  command('incidents', 'x'),
  command('audit'),
  command('audit', CLIENT, '--principal', 'x'),
  command('audit', '--all', '--events', 'live'),
  command('audit', '--from', 'nowhere'),
  { words: ['audit', '--config', '{config}', '--from', '-', '--events', '-'], stdin: 'x' },
  { words: ['audit', '--config', '{config}', '--from', '-'], stdin: 'pump-1\n{"client":"pump-1"}\n' },
  command('audit', CLIENT, '$aws', 'Pump-1', '--from', '{events}'),
  { words: ['completion'] },
  { words: ['completion', 'tcsh'] },
  { words: ['sandbox', '--fault', 'nonsense'] },
  { words: ['sandbox', '--fault', 'throttle,rate=often'] },
  { words: ['sandbox', '--directory', '/proc/evict'] },
  { words: ['sandbox', '--propagation-delay', 'soon'] },
  { words: ['demo', '--hold', 'soon'] },
  { words: ['help', 'everything'] },
];

it('every row of bad input prints what the table says, and ends with its exit code', async () => {
  const parts: string[] = [];
  for (let start = 0; start < ROWS.length; start += AT_ONCE)
    parts.push(...(await Promise.all(ROWS.slice(start, start + AT_ONCE).map(rowText))));
  const table = parts.join('\n');
  if (process.env['WRITE_TABLE'] === 'yes') await writeFile(TABLE, table);
  expect(table).toBe(await readFile(TABLE, 'utf8'));
}, 240_000);

/** `$ evict …`, what it printed (stdout, then stderr), and the exit code. */
async function rowText(row: Row): Promise<string> {
  const { words, env = {}, stdin } = row;
  const its = bench();
  const paths = new Map([
    ['{config}', its.sandbox.config],
    ['{events}', its.client.events],
    ['{bad}', await badConfig(its, row)],
  ]);
  const typed = words.map((word) => paths.get(word) ?? word);
  const options = { env, timeoutMs: 60_000, ...(stdin === undefined ? {} : { stdin }) };
  const ended = await its.home.run(typed, options);
  const given = Object.entries(env).map(([name, value]) => `${name}=${value} `);
  return [
    `$ ${given.join('')}evict ${words.map((word) => shellQuoted(word)).join(' ')}`,
    ...(row.config === undefined
      ? []
      : row.config
          .trimEnd()
          .split('\n')
          .map((line) => `  {bad} has: ${line}`)),
    ...harmless(its, ended),
    `→ exit ${ended.code ?? 'killed'}`,
    '',
  ].join('\n');
}

/** Beside the sandbox's own, with all that it says, but for the mistake. */
async function badConfig({ sandbox }: Bench, { config, alone = false }: Row): Promise<string> {
  if (config === undefined) return '';
  const file = join(sandbox.directory, `bad-${ROWS.findIndex((row) => row.config === config)}.yaml`);
  await writeFile(file, alone ? config : `${config}${await readFile(sandbox.config, 'utf8')}`);
  return file;
}

/** What was printed, without what differs from run to run. */
function harmless({ sandbox, home }: Bench, { stdout, stderr }: Ended): string[] {
  const text = [stdout, stderr]
    .join('')
    .replaceAll(sandbox.directory, '<sandbox>')
    .replaceAll(dirname(sandbox.directory), '<above>')
    .replaceAll(home.directory, '<home>')
    .replaceAll(/[0-9a-f]{64}/gu, (hex) => (/^f+$/u.test(hex) ? hex : '<64 hex digits>'))
    .replaceAll(/\d{8}T\d{6}Z-[0-9a-f]{6}/gu, (id) => (id.startsWith('2020') ? id : '<incident>'))
    .replaceAll(/(127\.0\.0\.1|localhost):\d{2,}/gu, '$1:<port>')
    .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/gu, '<time>')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu, '<session>')
    .replaceAll(/\d+ (?:ms|s|min)\b( ago)?/gu, (time, ago) =>
      ago === undefined && time === '3 min' ? time : '<a while>',
    )
    .replaceAll(/"(connectedSince|sourcePort|timestamp)":\d+/gu, '"$1":<n>');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}
