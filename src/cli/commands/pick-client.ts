import type { EvictionDocument } from '../../domain/document.ts';
import { EvictError } from '../../domain/errors.ts';
import { NOTHING_KNOWN } from '../../domain/facts.ts';
import { nobodySeen } from '../../domain/nobody-seen.ts';
import { matching } from '../../domain/recent-sightings.ts';
import type { RecentSighting } from '../../domain/recent-sightings.ts';
import { concludePreview } from '../../domain/verdict.ts';
import type { Conclusion } from '../../domain/verdict.ts';
import { recent } from '../../response/recent.ts';
import { stopOf } from '../../response/stop.ts';
import { shownSource } from '../console.ts';
import type { Console } from '../console.ts';
import type { Find, Questions } from '../prompts/questions.ts';
import { terminalKind, whyNobodyToAsk } from '../prompts/terminal.ts';
import { LOOK_UP } from '../render/phase.ts';
import { sightingRow } from '../render/sighting-row.ts';
import { openRun } from '../run.ts';
import type { Settings } from '../settings.ts';
import { systemClock } from '../system.ts';
import { VERSION } from '../version.ts';
import { wireReading } from '../wire.ts';

/** `evict` without a client, on a terminal: one of those that were sighted lately, or how it ended without one. */
export async function pickClient(
  settings: Settings,
  { yes, console }: { readonly yes: boolean; readonly console: Console },
): Promise<string | EvictionDocument> {
  const why = yes ? '--yes goes with a client that is named' : whyNobodyToAsk(settings);
  if (why !== undefined)
    throw new EvictError('bad-usage', `which client? (to pick one takes a terminal, and ${why})`, {
      hint: 'give a client ID or a command; see evict --help',
    });
  using run = await openRun(settings, console);
  try {
    run.screen.busy(LOOK_UP);
    using wired = await wireReading(settings, run);
    const { sightings, seenIn } = await recent(requestFrom(settings), wired.ports, run.signal);
    const { questions, ready } = await run.desk(terminalKind());
    await ready();
    if (sightings.length === 0) return ended(settings, nobodySeen(wired.ports.sources));
    console.say(
      `· look up   clients that were seen in ${seenIn.map((name) => shownSource(name)).join(', ')}`,
    );
    return (await ask(questions, sightings, run.signal)) ?? ended(settings, LEFT);
  } catch (error) {
    return ended(settings, concludePreview(NOTHING_KNOWN, stopOf(error, NOTHING_KNOWN, run.signal)));
  }
}

function requestFrom({ timeout, responders, 'lookup-timeout': lookupTimeoutMs }: Settings) {
  return { timeoutMs: timeout, lookupTimeoutMs, responders };
}

const MOST_SHOWN = 20;

function ask(
  questions: Questions,
  sightings: readonly RecentSighting[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const now = systemClock.now();
  const find: Find<string> = (search) => {
    const fitting = matching(sightings, search);
    const options = fitting
      .slice(0, MOST_SHOWN)
      .map((sighting) => ({ name: sightingRow(sighting, now), value: sighting.clientId }));
    return { options, more: fitting.length - options.length };
  };
  const message = `Which of ${sightings.length} clients? Type a part of its ID, thing, IP or principal:`;
  return questions.search(message, find, signal);
}

const LEFT: Conclusion = {
  verdict: 'refused',
  contained: 'no',
  cause: {
    code: 'declined',
    message: 'no client was chosen: nothing was changed',
    hint: 'run it again, or name the client before the options',
    retryable: true,
  },
};

/** The document of a run that has no client. */
function ended(settings: Settings, conclusion: Conclusion): EvictionDocument {
  return {
    version: 1,
    kind: settings['dry-run'] ? 'plan' : 'eviction',
    toolVersion: VERSION,
    clientId: '',
    ...conclusion,
    dryRun: settings['dry-run'],
    blockers: [],
    warnings: [],
    steps: [],
    equivalent: [],
  };
}
