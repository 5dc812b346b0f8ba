import { describe, expect, it } from '@jest/globals';
import { sourceMeant } from '../../src/cli/source-meant.ts';

describe('the name of a file that does not exist', () => {
  it.each([
    ['cloudwatsh', 'cloudwatch'],
    ['jurnal', 'journal'],
    ['Live', 'live'],
    ['things', 'thing'],
    ['cloudwacth:/aws/iot', 'cloudwatch:GROUP'],
    ['dynamodb', 'dynamodb:TABLE'],
    ['dynmodb:history', 'dynamodb:TABLE'],
    ['s3:bucket', 's3://BUCKET/PREFIX'],
    ['S3://bucket/prefix', 's3://BUCKET/PREFIX'],
    ['/etc/evict/jurnal', 'journal'],
    ['dynamo:T', 'dynamodb:TABLE'],
    ['cloud', 'cloudwatch'],
    ['file:x.jsonl', 'x.jsonl'],
    ['file:///var/x y.jsonl', "'/var/x y.jsonl'"],
    ['journal,thing', 'journal --events thing'],
    ['/etc/evict/a.jsonl,b.jsonl', 'a.jsonl --events b.jsonl'],
    ['rules', expect.stringContaining('without --events')],
    ['presence.jsonl', undefined],
    ['out', undefined],
    ['exports/2026/journal', undefined],
    ['', undefined],
  ])('%j may mean %j', (path, meant) => {
    expect(sourceMeant(path)).toEqual(meant);
  });
});
