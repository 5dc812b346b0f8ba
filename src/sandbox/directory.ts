import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { REGION } from './identity/account.ts';
import type { Credential } from './identity/certificate-authority.ts';
import type { Cloud } from './cloud.ts';
import type { DoorUrls } from './doors.ts';
import { awsConfig, awsCredentials } from './identity/aws-files.ts';
import { type Lines, type OnFailure, openLines } from './lines.ts';
import { SandboxProblem } from './problem.ts';

/** How a sandbox's own configuration begins: what has another one is somebody's, and stays as it is. */
const HEADER = '# Points evict at this sandbox instead of AWS.';

/** Makes the sandbox's directory, or takes one over that a sandbox has left. Throws a `SandboxProblem` where it cannot. */
export async function takeDirectory(directory: string): Promise<void> {
  try {
    await refuseForeign(directory);
    await makeDirectory(directory);
  } catch (error) {
    if (error instanceof SandboxProblem) throw error;
    throw new SandboxProblem(`the directory ${directory} cannot be used: ${String(error)}`, { cause: error });
  }
}

async function refuseForeign(directory: string): Promise<void> {
  const config = await readIfThere(join(directory, 'config.yaml'));
  const credentials = await readIfThere(join(directory, 'aws', 'credentials'));
  if (config?.startsWith(HEADER) === true || (config === undefined && credentials === undefined)) return;
  throw new SandboxProblem(
    `${directory} has a configuration or AWS credentials that are no sandbox's, and they would be overwritten`,
  );
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // By shape, not by class: an error of the file system may come from another realm.
    if (Reflect.get(Object(error), 'code') === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes a directory with its parents, for its owner alone. Not `recursive`: on /proc that never ends in Node 20. */
export async function makeDirectory(directory: string): Promise<void> {
  const parent = dirname(directory);
  if (!existsSync(parent)) await makeDirectory(parent);
  if (!existsSync(directory)) await mkdir(directory, { mode: 0o700 });
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
  await makeDirectory(dirname(path));
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
    HEADER,
    stringify({ ...aws, ...files }).trimEnd(),
    '# The embedded broker speaks MQTT 3.1.1.',
    stringify({ ...mqtt, ...identity, events: ['events.jsonl'], 'state-dir': 'state' }),
  ].join('\n');
}

/**
 * Starts an empty event file, which is what an IoT rule with a file behind it would have kept. Version numbers begin anew with
 * each sandbox, and an older one's would mislead.
 */
export async function openEventFile(directory: string, onFailure: OnFailure): Promise<Lines> {
  const path = join(directory, 'events.jsonl');
  await rm(path, { force: true });
  return openLines(path, onFailure);
}
