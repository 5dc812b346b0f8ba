import { followUp } from '../domain/evict-command.ts';
import type { StateProbe } from '../domain/checkup-ports.ts';
import type { MessageKeeper } from '../domain/message-keeper.ts';
import type { Claims } from '../domain/record-ports.ts';
import { stateDirectory } from './settings.ts';
import type { Settings } from './settings.ts';
import { systemClock } from './system.ts';

/** One run at a time on each client. */
export async function claims(settings: Settings): Promise<Claims> {
  const { claimsIn } = await import('../adapters/disk/claims.ts');
  return claimsIn(stateDirectory(settings, process.env), systemClock, listing(settings));
}

/** What a checkup asks of the disk. */
export async function stateProbe(settings: Settings): Promise<StateProbe> {
  const { stateProbeAt } = await import('../adapters/disk/state-probe.ts');
  return stateProbeAt(stateDirectory(settings, process.env));
}

export async function incidentDirectory(settings: Settings) {
  const { IncidentDirectory } = await import('../adapters/disk/incident-records.ts');
  return new IncidentDirectory(stateDirectory(settings, process.env), listing(settings));
}

/** What comes to a client ID while it is held, kept beside the record. */
export async function messages(): Promise<MessageKeeper> {
  const { messageKeeper } = await import('../adapters/disk/message-file.ts');
  return messageKeeper();
}

/** The command that lists the incidents of the same place. */
function listing({ again }: Settings): string {
  return followUp('incidents', undefined, again);
}

/** The clients that a file, or `-` for stdin, names. */
export async function clientList(path: string, signal: AbortSignal): Promise<readonly string[]> {
  const { clientsFrom, clientsInFile } = await import('../adapters/disk/client-list.ts');
  return path === '-' ? clientsFrom(process.stdin, 'on stdin', signal) : clientsInFile(path, signal);
}
