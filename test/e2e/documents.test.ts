import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DOCUMENTS } from '../../src/domain/documents.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient } from './a-scene.ts';
import { schemaErrors, schemaOf, shippedSchema } from './a-schema.ts';
import { aHome, type Ended, type Home } from './run.ts';
import { aClosedPort } from './slow-network.ts';

let sandbox: TestSandbox;
let home: Home;
/** An eviction that was done, for what looks back on one. */
let evicted: { incident: string; record: { file: string } };
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
  await using client = await aConnectedClient(sandbox, { clientId: 'evicted' });
  const [document] = await documents(
    run('evicted', '--events', client.events, '--yes', '--hold', '100ms', '--case', 'INC-1'),
  );
  evicted = z.object({ incident: z.string(), record: z.object({ file: z.string() }) }).parse(document);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const run = (...words: string[]) => home.run([...words, '--config', sandbox.config, '--json']);

/** A run that asks for a client of its own, connected. */
async function runOn(clientId: string, ...words: string[]): Promise<Ended> {
  await using client = await aConnectedClient(sandbox, { clientId });
  return await run(clientId, '--events', client.events, ...words);
}

/** Every line of stdout as a document. */
async function documents(run: Promise<Ended>): Promise<readonly Record<string, unknown>[]> {
  const lines = (await run).stdout.trimEnd().split('\n');
  return lines.map((line) => z.looseObject({}).parse(JSON.parse(line)));
}

/** Every kind of document that there is, as a real run prints it. */
const RUNS: readonly (readonly [string, Record<string, unknown>, () => Promise<Ended>])[] = [
  ['a dry run', { kind: 'plan', verdict: 'planned' }, () => runOn('planned', '--dry-run')],
  ['an eviction', { verdict: 'evicted' }, () => runOn('driven-out', '--yes', '--hold', '200ms')],
  [
    'a kick',
    { verdict: 'kicked', contained: 'none' },
    () => runOn('kicked', '--yes', '--action', 'none', '--hold', '0'),
  ],
  ['a refusal', { verdict: 'refused' }, () => runOn('refused', '--principal', 'a'.repeat(64), '--yes')],
  ['a client that nobody saw', { verdict: 'not-found' }, () => run('nobody', '--yes')],
  [
    'a cloud that does not answer',
    { verdict: 'denied' },
    async () => runOn('denied', '--yes', '--endpoint-url', `http://127.0.0.1:${await aClosedPort()}`),
  ],
  ['resume of what is over', { verdict: 'evicted' }, () => run('resume', evicted.incident, '--yes')],
  [
    'an undo that is looked at',
    { kind: 'undo', verdict: 'planned' },
    () => run('undo', evicted.incident, '--dry-run'),
  ],
  ['an undo', { kind: 'undo', verdict: 'restored' }, () => run('undo', evicted.incident, '--yes')],
  ['show', { kind: 'incident', verified: true }, () => run('show', evicted.incident, '--verify')],
  [
    'show of a record against another hash',
    { kind: 'incident', verified: false },
    () => run('show', evicted.incident, '--hash', '0'.repeat(64)),
  ],
  ['incidents', { kind: 'incident-summary', clientId: 'evicted' }, () => run('incidents')],
  [
    'resume of what was undone',
    { kind: 'error', code: 'not-resumable' },
    () => run('resume', evicted.incident, '--yes'),
  ],
  ['bad usage', { kind: 'error', code: 'bad-option' }, () => run('x', '--hold', 'banana')],
  [
    'an audit of nobody',
    { kind: 'audit', verdict: 'not-found' },
    () => run('audit', '--all', '--events', '-'),
  ],
  ['doctor', { kind: 'doctor', ready: true }, () => run('doctor')],
  ['sandbox', { kind: 'sandbox' }, runSandbox],
  ['demo', { kind: 'eviction', verdict: 'evicted' }, () => home.run(['demo', '--json', '--hold', '1s'])],
];

async function runSandbox(): Promise<Ended> {
  const running = home.start(['sandbox', '--json', '--no-intruder']);
  await running.said('\n', 'stdout');
  running.kill('SIGINT');
  return running.ended;
}

describe('every document', () => {
  it.each(RUNS)('is one of its schema, and anything less is not: %s', async (_, wanted, printed) => {
    const [document = {}, ...more] = await documents(printed());
    expect(document).toMatchObject(wanted);
    for (const one of [document, ...more]) expect(schemaErrors(schemaOf(one), one)).toEqual([]);
    for (const [how, broken] of brokenCopies(schemaOf(document), document))
      expect([how, schemaErrors(schemaOf(document), broken).length]).not.toEqual([how, 0]);
  });

  it('has a schema that is named, versioned, and about nothing else', () => {
    for (const name of Object.keys(DOCUMENTS))
      expect(shippedSchema(name)).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: `urn:evict:schemas:1:${name}`,
        description: expect.any(String),
      });
    for (const name of Object.keys(DOCUMENTS)) expect(schemaErrors(name, {})).not.toEqual([]);
  });
});

describe('the record', () => {
  it('has lines that are all of the schema of an entry, and no other', async () => {
    const lines = (await readFile(evicted.record.file, 'utf8')).trimEnd().split('\n');
    for (const line of lines) {
      const entry = z.looseObject({}).parse(JSON.parse(line));
      expect(schemaErrors('incident-entry', entry)).toEqual([]);
      const { hash: _, ...unchained } = entry;
      for (const broken of [unchained, { ...entry, surprise: 1 }, { ...entry, kind: 'made-up' }])
        expect(schemaErrors('incident-entry', broken)).not.toEqual([]);
    }
  });
});

/** The document without each of its required members, with each of another type, and with members that it does not have. */
function brokenCopies(name: string, document: Record<string, unknown>): [string, unknown][] {
  const { required } = z.object({ required: z.array(z.string()) }).parse(shippedSchema(name));
  const without = required.map((member): [string, unknown] => {
    const { [member]: _, ...rest } = document;
    return [`without ${member}`, rest];
  });
  const changed = Object.keys(document).map((member): [string, unknown] => [
    `with another ${member}`,
    { ...document, [member]: { surprise: 1 } },
  ]);
  const deep = Object.entries(document).flatMap(([member, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null
      ? [[`with more in ${member}`, { ...document, [member]: withMore(value) }]]
      : [],
  );
  return [...without, ...changed, ...deep, ['with more', { ...document, surprise: 1 }]];
}

function withMore(value: object): unknown {
  return Array.isArray(value) ? [{ surprise: 1 }] : { ...value, surprise: 1 };
}
