import { IoTClient } from '@aws-sdk/client-iot';
import {
  GetConnectionCommand,
  type GetConnectionResponse,
  IoTDataPlaneClient,
} from '@aws-sdk/client-iot-data-plane';
import { STSClient } from '@aws-sdk/client-sts';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';
import { isSessionEvent, parsePresenceEvent, type SessionEvent } from '../../src/domain/presence-event.ts';

/** How long anything in these tests may take to happen. */
export const SOON_MS = 5000;

type AccessKeyPair = { accessKeyId: string; secretAccessKey: string };

/** A sandbox in a directory of its own, which goes with it, and the real clients that talk to it. */
export type TestSandbox = Sandbox & {
  readonly accessKey: AccessKeyPair;
  readonly iot: IoTClient;
  readonly data: IoTDataPlaneClient;
  readonly sts: STSClient;
  /** As GetConnection has it. */
  connection(clientId: string): Promise<GetConnectionResponse>;
  file(path: string): Promise<string>;
  events(): Promise<SessionEvent[]>;
  /** Waits until the event file has an event that fits. */
  untilEvent(fits: (event: SessionEvent) => boolean): Promise<SessionEvent>;
};

export async function aSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const parent = await mkdtemp(join(tmpdir(), 'evict-sandbox-'));
  const sandbox = await startSandbox({ directory: join(parent, 'sandbox'), ...options });
  const file = (path: string) => readFile(join(sandbox.directory, path), 'utf8');
  const accessKey = readAccessKey(await file('aws/credentials'));
  const client = {
    endpoint: sandbox.controlUrl,
    region: 'us-east-1',
    credentials: accessKey,
    maxAttempts: 1,
    // A kept connection that the server closes just as it is used again would be a failure without a second attempt.
    requestHandler: { httpAgent: new Agent({ keepAlive: false }) },
  };
  const [iot, data, sts] = [new IoTClient(client), new IoTDataPlaneClient(client), new STSClient(client)];
  const events = async () => readEvents(await file('events.jsonl'));
  return {
    ...sandbox,
    accessKey,
    iot,
    data,
    sts,
    connection: (clientId) => data.send(new GetConnectionCommand({ clientId })),
    file,
    events,
    untilEvent: (fits) => eventually(async () => (await events()).find(fits)),
    [Symbol.asyncDispose]: async () => {
      iot.destroy();
      data.destroy();
      sts.destroy();
      await sandbox[Symbol.asyncDispose]();
      await rm(parent, { recursive: true });
    },
  };
}

/** Looks again and again, for a bounded time, until there is something to see. */
export async function eventually<Seen>(
  look: () => Promise<Seen | undefined> | Seen | undefined,
): Promise<Seen> {
  const end = Date.now() + SOON_MS;
  while (Date.now() < end) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  throw new Error('it did not happen in time');
}

function readAccessKey(ini: string): AccessKeyPair {
  const value = (name: string) => new RegExp(`^${name} = (.+)$`, 'mu').exec(ini)?.[1] ?? '';
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
}

function readEvents(lines: string): SessionEvent[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parsePresenceEvent(JSON.parse(line)))
    .filter((event) => event !== undefined)
    .filter(isSessionEvent);
}
