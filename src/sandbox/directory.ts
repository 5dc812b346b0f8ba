import { closeSync, openSync, writeSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { PresenceEvent } from '../domain/presence-event.ts';
import { REGION } from './identity/account.ts';
import type { Credential } from './identity/certificate-authority.ts';
import type { Cloud } from './cloud.ts';
import type { DoorUrls } from './doors.ts';
import { awsConfig, awsCredentials } from './identity/aws-files.ts';

/** Makes the directory, for its owner alone. */
export async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
}

/** Writes identities and configuration, and returns the path of `config.yaml`. */
export async function writeFiles(
  directory: string,
  { cloud, urls }: { cloud: Cloud; urls: DoorUrls },
): Promise<string> {
  await write(join(directory, 'ca.pem'), cloud.authority.certificatePem);
  await writeCredential(join(directory, 'responder'), cloud.responder);
  if (cloud.intruder !== undefined) await writeCredential(join(directory, 'intruder'), cloud.intruder);
  await write(join(directory, 'aws', 'credentials'), awsCredentials(cloud.profiles));
  await write(join(directory, 'aws', 'config'), awsConfig(cloud.profiles, urls.controlUrl));
  const config = join(directory, 'config.yaml');
  await write(config, configYaml(urls));
  return config;
}

async function writeCredential(directory: string, credential: Credential): Promise<void> {
  await write(join(directory, 'cert.pem'), credential.certificatePem);
  await write(join(directory, 'key.pem'), credential.privateKeyPem);
}

/** A new file every time: an old one may have looser permissions, or be a link to elsewhere. */
async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
}

/** The tool's own option names; paths are relative to the file. */
function configYaml({ controlUrl, mqttsUrl }: DoorUrls): string {
  // Named, so that AWS_PROFILE of whoever tries it has no say.
  const aws = { profile: 'responder', region: REGION, 'endpoint-url': controlUrl };
  const files = { 'aws-credentials-file': 'aws/credentials', 'aws-config-file': 'aws/config' };
  const mqtt = { 'mqtt-url': mqttsUrl, 'mqtt-version': 4 };
  const identity = { ca: 'ca.pem', cert: 'responder/cert.pem', key: 'responder/key.pem' };
  return [
    '# Points evict at this sandbox instead of AWS.',
    stringify({ ...aws, ...files }).trimEnd(),
    '# The embedded broker speaks MQTT 3.1.1.',
    stringify({ ...mqtt, ...identity, events: ['events.jsonl'], 'state-dir': 'state' }),
  ].join('\n');
}

/** The event file: what an IoT rule with a file behind it would have kept. */
export type EventFile = Disposable & { readonly append: (event: PresenceEvent) => void };

/** Starts an empty event file: version numbers begin anew with each sandbox, and an older one's would mislead. */
export async function openEventFile(directory: string): Promise<EventFile> {
  const path = join(directory, 'events.jsonl');
  await rm(path, { force: true });
  const file = openSync(path, 'ax', 0o600);
  return {
    // At once, so that another process that saw the effect also finds the event.
    append: (event) => void writeSync(file, `${JSON.stringify(event)}\n`),
    [Symbol.dispose]: () => closeSync(file),
  };
}
