import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord } from './a-record.ts';
import { aConnectedClient, type ConnectedClient, connectedAs, setStatus } from './a-scene.ts';
import { aHome, type Ended, evictionOf, type Home, onlyDocument, type RunOptions } from './run.ts';

/** The client that every row tries to evict, and none may touch. */
export const CLIENT = 'pump-1';

/** What the rows of bad input work on; to be asked for within tests only. */
export type Bench = {
  readonly sandbox: TestSandbox;
  readonly home: Home;
  readonly client: ConnectedClient;
  /** A response in whose way nothing stands but the mistake in the given words. */
  evict(words: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Writes a file into the home. */
  file(name: string, contents: string | Buffer): Promise<string>;
};

/**
 * A sandbox, a home and a connected client for a file of tests. After each test it is checked that the client is as it was,
 * whatever was wrong, and that what was kept of the run is whole.
 */
export function anUntouchedBench(): () => Bench {
  let bench: Bench | undefined;
  const its = () => {
    if (bench === undefined) throw new Error('there is no bench before the tests begin');
    return bench;
  };
  let before: readonly string[] = [];
  beforeAll(async () => {
    bench = await aBench();
  });
  afterAll(async () => {
    const { sandbox, home, client } = its();
    for (const one of [client, home, sandbox]) await one[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    before = await recordsOf(its().sandbox);
  });
  afterEach(() => expectUntouched(its(), before));
  return its;
}

async function aBench(): Promise<Bench> {
  const [sandbox, home] = await Promise.all([aSandbox(), aHome()]);
  const client = await aConnectedClient(sandbox, { clientId: CLIENT });
  const words = ['--config', sandbox.config, '--yes', '--json', '--quiet', '--hold', '0', '--timeout', '1s'];
  return {
    sandbox,
    home,
    client,
    evict: (more, options) => home.run([...words, ...more], options),
    file: async (name, contents) => {
      const path = join(home.directory, name);
      await writeFile(path, contents);
      return path;
    },
  };
}

async function expectUntouched({ sandbox, client }: Bench, before: readonly string[]): Promise<void> {
  const { certificateId } = client.identity;
  const status = await client.status();
  if (status !== 'ACTIVE') await setStatus(sandbox, certificateId, 'ACTIVE'); // one failure is enough
  expect(status).toBe('ACTIVE');
  expect(connectedAs(sandbox, CLIENT)).toEqual([certificateId]);
  for (const file of (await recordsOf(sandbox)).filter((one) => !before.includes(one)))
    expect((await aCheckedRecord(file)).at(-1)?.kind).toBe('ended');
}

async function recordsOf({ directory }: TestSandbox): Promise<string[]> {
  const incidents = join(directory, 'state', 'incidents');
  return (await readdir(incidents).catch(() => [])).map((name) => join(incidents, name));
}

/** Neither a stack trace nor a control character: what is outside of JSON is shown to a person. */
export function expectHarmless({ stdout, stderr }: Ended) {
  for (const text of [stdout, stderr]) {
    expect(text).not.toMatch(/\n\s+at .+[:(]/u);
    expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
  }
}

/** Exit 2: one sentence that names the value, one next step, and the same as a document. */
export function expectUsageError(ended: Ended, named: string) {
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 2 });
  expectHarmless(ended);
  expect(ended.stderr).toMatch(/^evict: [^\n]+\n {2}[^\n]+\n$/u);
  expect(ended.stderr.split('\n')[0]).toContain(named);
  expect(onlyDocument(ended)).toMatchObject({
    version: 1,
    kind: 'error',
    code: expect.stringMatching(/^[a-z-]+$/u),
    message: expect.stringContaining(named),
    hint: expect.stringMatching(/./u),
  });
}

/** An end before anything was changed: the verdict, a sentence that names the value, and a next step. */
export function expectVerdict(ended: Ended, wanted: { code: number; verdict: string; named: string }) {
  const { code, verdict, named } = wanted;
  expectHarmless(ended);
  const document = evictionOf(ended);
  expect({ code: ended.code, verdict: document.verdict, contained: document.contained }).toEqual({
    code,
    verdict,
    contained: 'no',
  });
  expect(document.cause?.message).toMatch(/^[^\n]+$/u);
  expect(document.cause?.message).toContain(named);
  expect(document.cause?.hint).toMatch(/./u);
}
