import type { WatchDocument } from '../../domain/documents.ts';
import { dropUndefined } from '../../domain/drop-undefined.ts';
import { EvictError } from '../../domain/errors.ts';
import { EXIT_CODES } from '../../domain/exit-codes.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { printableJson } from '../../domain/printable.ts';
import { Recording } from '../../domain/recording.ts';
import type { Happening } from '../../domain/recording.ts';
import { following } from '../../domain/signals.ts';
import { recordPresence } from '../../response/record-presence.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';
import { Interrupts } from '../interrupts.ts';
import { mfaCodePrompt } from '../prompts/mfa-code.ts';
import { openRecordingScreen } from '../render/recording-screen.ts';
import { standing } from '../render/recording-words.ts';
import { journalFile, readSettings } from '../settings.ts';
import type { Flags, Settings } from '../settings.ts';
import { systemClock, systemRandomness } from '../system.ts';
import { VERSION } from '../version.ts';
import type { Attendant } from '../wire-identity.ts';
import { wireRecording } from '../wire-recording.ts';
import { consoleFrom } from './client.ts';

/** `evict watch`: records until Ctrl-C, which is its regular end. */
export async function watchCommand(_operands: readonly string[], flags: Flags): Promise<number> {
  const settings = readSettings(flags, process.env);
  const console = consoleFrom(settings);
  using interrupts = new Interrupts({ ...console, complain: () => undefined });
  const recording = new Recording(systemClock.now());
  const { signal } = interrupts;
  const interrupt = () => interrupts.stop();
  const askMfaCode = mfaCodePrompt(settings, { console, interrupt, signal, still: () => undefined });
  const cause = await record(recording, settings, console, { askMfaCode, signal });
  recording.ended(systemClock.now());
  const document = documentOf(recording, settings, cause);
  console.result(settings.json ? printableJson(document) : summary(recording, document));
  if (cause !== undefined) console.complain(`evict: ${shown(cause.message)}\n  ${shown(cause.hint)}`);
  return cause === undefined ? 0 : exitCodeOf(cause.code);
}

/** Records until it is stopped, or until it cannot go on: why is an outcome. What the operator can mend at once is an error. */
async function record(
  recording: Recording,
  settings: Settings,
  console: Console,
  attendant: Attendant,
): Promise<EvictError | undefined> {
  const { signal } = attendant;
  try {
    await using wired = await wireRecording(settings, attendant);
    using screen = await openRecordingScreen(recording, console, settings);
    using end = following(signal, wired.lost);
    console.say(`recording presence events into ${shown(wired.journal.file)}; Ctrl-C ends it`);
    const onHappening = (happening: Happening) => {
      if (settings.json) printEvents(happening, console);
      screen.happened(happening);
    };
    const { journal, feed } = wired;
    const ports = { journal, feed, clock: systemClock, random: systemRandomness, onHappening };
    await recordPresence(requestFrom(settings), ports, recording, end.signal);
    if (wired.lost.aborted) throw wired.lost.reason;
    return undefined;
  } catch (error) {
    if (signal.aborted && !(error instanceof EvictError && FAILURES.has(error.code))) return undefined;
    if (!(error instanceof EvictError) || error.source !== 'cloud') throw error;
    return error;
  }
}

function requestFrom({ timeout, retention }: Settings) {
  return { timeoutMs: timeout, retentionMs: retention };
}

/** Each event in a line, once it is on disk. */
function printEvents(happening: Happening, console: Console): void {
  if (happening.kind !== 'kept') return;
  for (const { raw, receivedAt } of happening.arrivals)
    console.result(printableJson({ version: 1, kind: 'presence', receivedAt, event: raw }));
}

/** It had begun; all else stood in its way from the beginning. */
const FAILURES: ReadonlySet<ErrorCode> = new Set(['journal-unwritable', 'claim-lost']);

function exitCodeOf(code: ErrorCode): number {
  return FAILURES.has(code) ? EXIT_CODES.failed : EXIT_CODES.denied;
}

function documentOf(recording: Recording, settings: Settings, cause: EvictError | undefined): WatchDocument {
  const { rate, startedAt, stored, passedOver, gapCount, gaps, unheardSince } = recording;
  return dropUndefined({
    version: 1,
    kind: 'watch',
    toolVersion: VERSION,
    journal: journalFile(settings, process.env),
    startedAt,
    endedAt: systemClock.now(),
    received: rate.total,
    stored,
    passedOver,
    peakPerSecond: rate.peak,
    outgrown: rate.isTooMuch,
    gapCount,
    gaps,
    unheardSince,
    cause: cause && { code: cause.code, message: cause.message, hint: cause.hint },
  });
}

function summary(recording: Recording, { journal, endedAt }: WatchDocument): string {
  return `${standing(recording, endedAt)}: ${shown(journal)}`;
}
