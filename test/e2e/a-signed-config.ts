import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { TestSandbox } from '../sandbox/a-sandbox.ts';

/** What else a configuration is to say, or, where it is `undefined`, what not. */
export type Changes = Readonly<Record<string, string | number | readonly string[] | undefined>>;

let configs = 0;

/** A configuration as at AWS: it names no broker and no certificate, so that AWS is asked and the WebSocket is signed. */
export async function aSignedConfig(sandbox: TestSandbox, changes: Changes = {}): Promise<string> {
  const path = join(sandbox.directory, `signed-${(configs += 1)}.yaml`);
  const settings: Changes = {
    profile: 'responder',
    region: 'us-east-1',
    'endpoint-url': sandbox.controlUrl,
    'aws-credentials-file': 'aws/credentials',
    'aws-config-file': 'aws/config',
    ca: 'ca.pem',
    events: ['events.jsonl'],
    'state-dir': 'state',
    ...changes,
  };
  const said = Object.entries(settings).filter(([, value]) => value !== undefined);
  await writeFile(path, stringify(Object.fromEntries(said)));
  return path;
}
