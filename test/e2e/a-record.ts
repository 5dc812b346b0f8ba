import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const link = z.looseObject({
  seq: z.number(),
  at: z.iso.datetime(),
  kind: z.string(),
  prev: z.string(),
  hash: z.string(),
});

export type RecordLine = z.infer<typeof link>;

/**
 * Reads an incident record and checks its chain by the contract's words alone, without the code under test: `prev` is the
 * hash of the entry before, 64 zeros in the first, and `hash` the SHA-256 of the line without its last member.
 */
export async function aCheckedRecord(file: string): Promise<RecordLine[]> {
  const text = await readFile(file, 'utf8');
  if (!text.endsWith('}\n')) throw new Error('the last line of the record has no end');
  let prev = '0'.repeat(64);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line, index) => {
      const entry = link.parse(JSON.parse(line));
      const lastMember = `,"hash":"${entry.hash}"}`;
      if (!line.endsWith(lastMember)) throw new Error(`entry ${index}: "hash" is not the last member`);
      const hash = createHash('sha256')
        .update(`${line.slice(0, -lastMember.length)}}`)
        .digest('hex');
      if (entry.hash !== hash || entry.prev !== prev || entry.seq !== index)
        throw new Error(`entry ${index} is not chained as the contract says`);
      prev = hash;
      return entry;
    });
}
