import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { aClosedPort } from '../../e2e/slow-network.ts';
import { eventually } from '../../sandbox/a-sandbox.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';
import type { Issued } from './an-authority.ts';

/** One port of the broker, with what it shows there. */
type Listener = {
  readonly server: Issued;
  /** Whose certificates are let in, but for those of the list. */
  readonly ca: string;
  readonly revoked?: string;
};

/** Debian's broker on loopback, in a process of its own: the service that Debian may run is another one. */
export type Mosquitto = AsyncDisposable & {
  readonly ports: readonly number[];
  /** Resolves with the line of its log that has the text. */
  logged(text: string): Promise<string>;
};

export async function aMosquitto(path: string, listeners: readonly Listener[]): Promise<Mosquitto> {
  const directory = await temporaryDirectory();
  const ports = await Promise.all(listeners.map(aClosedPort));
  const file = async (name: string, text: string) => {
    await writeFile(join(directory.path, name), text);
    return join(directory.path, name);
  };
  const sections = await Promise.all(
    listeners.map(async ({ server, ca, revoked }, index) => [
      `listener ${ports[index] ?? 0} 127.0.0.1`,
      `cafile ${await file(`${index}-ca.pem`, ca)}`,
      `certfile ${await file(`${index}.crt`, server.cert)}`,
      `keyfile ${await file(`${index}.key`, server.key)}`,
      'require_certificate true',
      ...(revoked === undefined ? [] : [`crlfile ${await file(`${index}.crl`, revoked)}`]),
    ]),
  );
  // As root it would become the user "mosquitto", who may not read these files.
  const lines = ['user root', 'allow_anonymous true', 'persistence false', 'log_dest stderr', 'log_type all'];
  const configuration = await file('mosquitto.conf', [...lines, ...sections.flat(), ''].join('\n'));
  const child = spawn(path, ['-c', configuration], { stdio: ['ignore', 'ignore', 'pipe'] });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const logged = (text: string) =>
    eventually(() => log.find((line) => line.includes(text))).catch(() => {
      throw new Error(`mosquitto did not log "${text}":\n${log.join('\n')}`);
    });
  try {
    await logged('running');
  } catch (error) {
    await ended(child);
    throw error;
  }
  return {
    ports,
    logged,
    [Symbol.asyncDispose]: async () => {
      await ended(child);
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}
