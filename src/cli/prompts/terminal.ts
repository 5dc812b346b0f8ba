import { EvictError } from '../../domain/errors.ts';
import type { Settings } from '../settings.ts';

/** What the terminal can do: `full` moves its cursor about, `plain` (TERM=dumb) writes one line after the other. */
export type TerminalKind = 'full' | 'plain';

/** The terminal of the person to ask. Throws `needs-yes`, which says why there is nobody, and what to do instead. */
export function terminalToAskOn(act: string, settings: Pick<Settings, 'events'>): TerminalKind {
  const why = whyNobodyToAsk(settings);
  if (why === undefined) return terminalKind();
  throw new EvictError('needs-yes', `${act} needs --yes: there is no terminal to ask on (${why})`, {
    hint: 'look at the plan with --dry-run, then run it again with --yes',
  });
}

/** Questions go to stderr, answers come from stdin: it takes both. `undefined`: somebody can be asked. */
export function whyNobodyToAsk({ events }: Pick<Settings, 'events'>): string | undefined {
  if (events.includes('-')) return 'the events are read from stdin';
  if (!process.stdin.isTTY) return 'stdin is none';
  return process.stderr.isTTY ? undefined : 'stderr is none';
}

export function terminalKind(): TerminalKind {
  return process.env['TERM'] === 'dumb' ? 'plain' : 'full';
}
