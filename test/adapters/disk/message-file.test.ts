import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageKeeper } from '../../../src/adapters/disk/message-file.ts';
import type { KeptMessage } from '../../../src/domain/kept-message.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const message = (text: string): KeptMessage => ({
  topic: 'cmd/pump',
  payload: Buffer.from(text),
  qos: 1,
  retain: false,
  dup: false,
  receivedAt: 1_702_566_391_861,
});

describe('the messages of an incident', () => {
  it('are lines beside its record, with the payload encoded and nothing that a terminal would obey', async () => {
    await using temporary = await temporaryDirectory();
    const file = messageKeeper().beside(join(temporary.path, 'incident.jsonl'));
    expect(await file.keep({ ...message('\u001B[2J'), topic: 'a\u009B\n' })).toBe(true);
    const sum = await file.close();
    const path = join(temporary.path, 'incident', 'messages.jsonl');
    const text = await readFile(path, 'utf8');
    expect(text).toBe(
      `${String.raw`{"receivedAt":"2023-12-14T15:06:31.861Z","topic":"a\u009b\n","qos":1,"retain":false,"dup":false,"payload":"G1sySg=="}`}\n`,
    );
    expect(sum).toEqual({ file: path, count: 1, sha256: createHash('sha256').update(text).digest('hex') });
  });

  it('make no folder where there are none, and come to nothing once it is closed', async () => {
    await using temporary = await temporaryDirectory();
    const file = messageKeeper().beside(join(temporary.path, 'incident.jsonl'));
    expect(await file.close()).toBeUndefined();
    expect(await file.keep(message('late'))).toBe(false);
    expect(await readdir(temporary.path)).toEqual([]);
  });

  it('are bounded, by number and by bytes, over all runs of the incident', async () => {
    await using temporary = await temporaryDirectory();
    const keep = async (bound: { messages: number; bytes: number }, ...texts: string[]) => {
      const file = messageKeeper(bound).beside(join(temporary.path, 'incident.jsonl'));
      const kept = await Promise.all(texts.map((text) => file.keep(message(text))));
      return { kept, count: (await file.close())?.count };
    };
    expect(await keep({ messages: 2, bytes: 10_000 }, 'a')).toEqual({ kept: [true], count: 1 });
    expect(await keep({ messages: 2, bytes: 10_000 }, 'b', 'c')).toEqual({ kept: [true, false], count: 2 });
    const large = 'x'.repeat(1_000);
    expect(await keep({ messages: 9, bytes: 1_000 }, large, 'd')).toEqual({ kept: [false, true], count: 3 });
  });

  it('go on behind the last whole line of an interrupted run', async () => {
    await using temporary = await temporaryDirectory();
    const record = join(temporary.path, 'incident.jsonl');
    const first = messageKeeper().beside(record);
    await first.keep(message('one'));
    const { file = '' } = (await first.close()) ?? {};
    const before = await readFile(file, 'utf8');
    await writeFile(file, '{"receivedAt":"20', { flag: 'a' });
    const second = messageKeeper().beside(record);
    await second.keep(message('two'));
    expect(await second.close()).toMatchObject({ count: 2 });
    const text = await readFile(file, 'utf8');
    expect(text.startsWith(before)).toBe(true);
    expect(text.slice(before.length)).toMatch(/^\{"receivedAt":[^\n]+\}\n$/u);
  });

  it('that cannot be written say why, each time anew', async () => {
    await using temporary = await temporaryDirectory();
    await writeFile(join(temporary.path, 'incident'), 'no folder');
    const file = messageKeeper().beside(join(temporary.path, 'incident.jsonl'));
    await expect(file.keep(message('one'))).rejects.toMatchObject({
      code: 'evidence-unwritable',
      message: expect.stringContaining(temporary.path),
    });
    await expect(file.keep(message('two'))).rejects.toMatchObject({ code: 'evidence-unwritable' });
  });
});
