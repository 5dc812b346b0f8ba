import { shellQuoted } from './equivalent.ts';
import { isHiddenClient } from './presence-event.ts';

/** What a later command needs, to reach what this one has reached. */
const STATE = ['--state-dir', '--config'];
const AWS = ['--profile', '--region', '--endpoint-url', '--data-endpoint-url'];
const BROKER = ['--mqtt-url', '--cert', '--key', '--ca', '--mqtt-version'];

/** Of what was given on the command line, what each command takes. A response takes it all. */
const TAKEN = {
  undo: [...AWS, ...STATE],
  resume: ['--events', ...AWS, ...BROKER, ...STATE],
  show: STATE,
  incidents: STATE,
} as const satisfies Record<string, readonly string[]>;

/** What an `evict …` command that is printed has in common with the run that prints it: options, each before its value. */
export type Again = readonly string[];

/** The command that goes on with what is in the record, or shows it, in the same place. */
export function followUp(command: keyof typeof TAKEN, incident: string | undefined, again: Again): string {
  const taken: readonly string[] = TAKEN[command];
  const words = again.filter((_, index) => taken.includes(again[index - (index % 2)] ?? ''));
  return line([command, ...(incident === undefined ? [] : [incident]), ...words]);
}

/** The command that evicts a client, in the same place and with the same eyes. */
export function commandToEvict(clientId: string, more: readonly string[], again: Again): string {
  return line([...again, ...more, '--', clientId]);
}

/** The same for another client of the principal. Of a hidden one no event names it, and only the API can prove anything. */
export function commandToEvictAlso(clientId: string, principal: string, again: Again): string {
  const hidden = isHiddenClient(clientId) ? ['--principal', principal, '--method', 'api'] : [];
  return commandToEvict(clientId, hidden, again);
}

function line(words: readonly string[]): string {
  return ['evict', ...words].map(shellQuoted).join(' ');
}
