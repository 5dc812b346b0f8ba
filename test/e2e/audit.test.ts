import { UpdateCertificateCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { auditDocument } from '../../src/domain/audit-document.ts';
import { anIdentity, type IssuedIdentity } from '../sandbox/a-device.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, type ConnectedClient } from './a-scene.ts';
import { schemaErrors, schemaOf } from './a-schema.ts';
import { aSignedConfig } from './a-signed-config.ts';
import { aHome, type Ended, type Home, onlyDocument, type RunOptions } from './run.ts';
import { aMuteServer } from './slow-network.ts';

const HOSTILE = '"pump"\u001b[31m,\u202e1';

let sandbox: TestSandbox;
let home: Home;
let config: string;
let shared: IssuedIdentity;
let clients: ConnectedClient[];

/** Two clients of one certificate, and two of their own, whose beginnings `evict watch` has recorded. */
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
  const watcher = new X509Certificate(await sandbox.file('responder/cert.pem'));
  config = await aSignedConfig(sandbox, {
    profile: 'auditor',
    events: ['journal'],
    responders: [watcher.fingerprint256.replaceAll(':', '').toLowerCase()],
  });
  const watch = home.start(['watch', '--config', sandbox.config, '--json'], { timeoutMs: 60_000 });
  await watch.said('the canary was heard');
  shared = await anIdentity(sandbox);
  clients = [
    await aConnectedClient(sandbox, { clientId: 'twin-1', identity: shared }),
    await aConnectedClient(sandbox, { clientId: 'twin-2', identity: shared }),
    await aConnectedClient(sandbox, { clientId: 'alone' }),
    await aConnectedClient(sandbox, { clientId: HOSTILE }),
  ];
  await watch.said('pump', 'stdout');
  watch.kill('SIGINT');
  await watch.ended;
});
afterAll(async () => {
  for (const client of clients) await client[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const audit = async (words: readonly string[], options: RunOptions = {}) =>
  heard(await home.run(['audit', '--config', config, '--json', ...words], options));

const line = z.looseObject({ kind: z.string(), clientId: z.string(), verdict: z.string().optional() });

/** The lines and the summary, all of their schemas. */
function heard({ code, stdout, stderr }: Ended) {
  const documents = stdout
    .trimEnd()
    .split('\n')
    .map((text) => z.looseObject({}).parse(JSON.parse(text)));
  for (const one of documents) expect([schemaErrors(schemaOf(one), one), stderr]).toEqual([[], stderr]);
  const summary = auditDocument.parse(documents.at(-1));
  return { code, stderr, lines: documents.slice(0, -1).map((one) => line.parse(one)), summary };
}

const verdicts = ({ lines }: { lines: readonly z.infer<typeof line>[] }) =>
  lines.map(({ clientId, verdict }) => [clientId, verdict]);

describe('evict audit', () => {
  it('says of each client, in their order, how it could be evicted, who else would be hit, and what is in the way', async () => {
    const before = await sandbox.snapshot();
    const said = await audit(['twin-2', 'ghost', 'alone', 'twin-1', 'alone']);
    expect(verdicts(said)).toEqual([
      ['twin-2', 'refused'],
      ['ghost', 'not-found'],
      ['alone', 'planned'],
      ['twin-1', 'refused'],
    ]);
    expect(said).toMatchObject({
      code: 9,
      lines: [
        {
          kind: 'plan',
          dryRun: true,
          responder: { arn: expect.stringContaining('auditor') },
          sighting: { source: 'journal' },
          blastRadius: { clients: ['twin-2', 'twin-1'] },
          blockers: [{ code: 'shared-principal' }],
        },
        { kind: 'plan', cause: { code: 'not-found' } },
        {
          kind: 'plan',
          blastRadius: { clients: ['alone'] },
          steps: [{ id: 'deactivate' }, { id: 'takeover' }],
        },
        { kind: 'plan', blastRadius: { clients: ['twin-1', 'twin-2'] } },
      ],
      summary: {
        verdict: 'partial',
        clients: 4,
        verdicts: { refused: 2, 'not-found': 1, planned: 1 },
        shared: [{ principal: { identifier: shared.certificateId }, clientIds: ['twin-2', 'twin-1'] }],
        notAudited: [],
      },
    });
    expect(await sandbox.snapshot()).toEqual(before);
    expect(await readdir(join(sandbox.directory, 'state'))).not.toContain('incidents');
  });

  it('says what is so already', async () => {
    const certificateId = clients[2]?.identity.certificateId;
    await sandbox.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
    const ended = await home.run(['audit', '--config', config, 'alone']);
    expect(ended.stdout).toContain('deactivate (already INACTIVE), takeover');
    await sandbox.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }));
  });

  it.each([
    [0, 'planned', ['alone', '--action', 'detach']],
    [3, 'not-found', ['ghost', 'spectre']],
    [7, 'refused', ['twin-1', 'twin-2']],
    [2, undefined, ['$aws', '$sys']],
    [4, 'denied', ['alone', '--profile', 'nobody', '--events', 'events.jsonl']],
  ])('ends with %d where all clients agree', async (code, verdict, words) => {
    const said = await audit(words.map((word) => word.replace('events.jsonl', clients[2]?.events ?? '')));
    expect({ code: said.code, verdict: said.summary.verdict }).toEqual({ code, verdict });
  });

  it('takes a list of IDs as they stand and of JSON lines, and what cannot be a client costs the others nothing', async () => {
    const list = [
      '\ufeff# a comment',
      '',
      HOSTILE,
      JSON.stringify({ version: 1, kind: 'incident-summary', clientId: 'alone' }),
      JSON.stringify('#1'),
      '$aws',
      'alone\r',
    ].join('\n');
    const said = await audit(['--from', '-'], { stdin: list });
    expect(verdicts(said)).toEqual([
      [HOSTILE, 'planned'],
      ['alone', 'planned'],
      ['#1', 'not-found'],
      ['$aws', undefined],
    ]);
    expect(said).toMatchObject({ code: 9, summary: { errors: 1, clients: 4 } });
    expect(said.lines[3]).toMatchObject({ kind: 'error', code: 'bad-client-id' });
    const file = join(home.directory, 'list');
    await writeFile(file, list);
    const shown = await home.run(['audit', '--config', config, '--from', file]);
    expect(shown).toMatchObject({ code: 9, stderr: '' });
    expect(shown.stdout).toContain('PLANNED: "alone" — certificate ');
    expect(shown.stdout).toContain('4 clients: 2 planned, 1 not-found, 1 in error');
    for (const raw of ['\u001b', '\u202e']) expect(shown.stdout).not.toContain(raw);
  });

  it.each([
    ['names nobody', '# nobody\n\n', 'names no client'],
    ['has JSON that names nobody', 'alone\n{"client":"alone"}\n', 'line 2'],
    ['is no text', Buffer.from([0xff, 0xfe, 0x61, 0x00]), 'not UTF-8'],
    ['is not there', undefined, 'ENOENT'],
  ])('refuses a list that %s, before anything is asked', async (_, list, why) => {
    const file = join(home.directory, 'refused');
    await (list === undefined ? rm(file) : writeFile(file, list));
    const ended = await home.run(['audit', '--config', config, '--json', '--from', file]);
    expect([ended.code, onlyDocument(ended)]).toMatchObject([
      2,
      { kind: 'error', message: expect.stringContaining(why) },
    ]);
  });

  it('looks at all that the sources know, the latest first, but not at what only a responder connected as', async () => {
    const said = await audit(['twin-1', '--all']);
    expect(said.lines.map(({ clientId }) => clientId)).toEqual(['twin-1', HOSTILE, 'alone', 'twin-2']);
  });

  it('says on Ctrl-C which clients it had begun with, and which not', async () => {
    await using mute = await aMuteServer();
    const names = ['one', 'two', 'three', 'four', 'five', 'six'];
    const words = ['--events', clients[2]?.events ?? '', '--endpoint-url', `http://127.0.0.1:${mute.port}`];
    const running = home.start(['audit', '--config', config, '--json', '--verbose', ...words, ...names]);
    await running.said('"kind":"opened"');
    running.kill('SIGINT');
    const said = heard(await running.ended);
    expect(said).toMatchObject({
      code: 130,
      summary: { verdict: 'interrupted', cause: { code: 'interrupted' } },
    });
    expect([...said.lines.map(({ clientId }) => clientId), ...said.summary.notAudited]).toEqual(names);
    expect(said.summary.notAudited).toContain('six');
    for (const { verdict } of said.lines) expect(verdict).toBe('interrupted');
  });
});
