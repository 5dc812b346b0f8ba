import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord } from './a-record.ts';
import { type AtTerminal, atTerminal, type TerminalOptions } from './a-terminal.ts';
import type { Home } from './run.ts';

export const GO_AHEAD = 'go ahead: type its client ID';
export const LEAVE = 'leave it: nothing is changed';

/** What is evicted at the prompt, and where that was sighted. */
type Sighted = { readonly clientId: string; readonly events: string };

/** `evict <clientId>` without `--yes`, at a terminal; without a hold, unless one is asked for. */
export function evictAsking(
  { sandbox, home }: { readonly sandbox: TestSandbox; readonly home: Home },
  { clientId, events }: Sighted,
  { words = [], ...options }: TerminalOptions & { readonly words?: readonly string[] } = {},
): AtTerminal {
  const all = ['--config', sandbox.config, '--events', events, '--hold', '0', ...words, '--', clientId];
  return atTerminal(home, all, options);
}

/** What the client ID is asked for with. */
export const confirmation = (clientId: string) => `Type the client ID "${clientId}" to evict it:`;

/** Enter, and the typed client ID. */
export async function agree(terminal: AtTerminal, { clientId }: { readonly clientId: string }) {
  await terminal.choose(GO_AHEAD);
  await terminal.until(confirmation(clientId));
  terminal.enter(clientId);
}

/** The names of the incidents that the sandbox's state directory has. */
export const incidentsOf = (sandbox: TestSandbox): Promise<string[]> =>
  readdir(join(sandbox.directory, 'state', 'incidents')).catch(() => []);

/** The entries of the incident that was not there before, once it has ended. */
export async function newRecord(sandbox: TestSandbox, before: readonly string[]) {
  const name = await eventually(async () =>
    (await incidentsOf(sandbox)).find((one) => !before.includes(one)),
  );
  return aCheckedRecord(join(sandbox.directory, 'state', 'incidents', name));
}
