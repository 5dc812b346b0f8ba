import type { Happening, Recording } from '../../domain/recording.ts';
import type { Console } from '../console.ts';
import type { Output } from '../settings.ts';
import { systemClock } from '../system.ts';
import { eventLines, happeningLine, standing } from './recording-words.ts';
import { canMove } from './screen.ts';
import { fitted } from './width.ts';

const TICK_MS = 1_000;
const MINUTE_MS = 60_000;
/** The spinner's own sign, the space after it, and the last column, in which some terminals wrap. */
const MARGIN = 4;

/** What is seen of a recording: what happens to it and, all the time, how it stands. */
export type RecordingScreen = Disposable & { readonly happened: (happening: Happening) => void };

/** On a terminal there is a line that moves; elsewhere one is added every minute. */
export async function openRecordingScreen(
  recording: Recording,
  console: Console,
  output: Output,
): Promise<RecordingScreen> {
  const stop = canMove(output) ? await movingLine(recording) : everyMinute(recording, console);
  return {
    happened: (happening) => {
      const line =
        happening.kind === 'kept' && output.verbose
          ? eventLines(happening)
          : happeningLine(happening, console);
      if (line !== undefined) console.say(line);
    },
    [Symbol.dispose]: stop,
  };
}

async function movingLine(recording: Recording): Promise<() => void> {
  const { default: ora } = await import('ora');
  const spinner = ora({ stream: process.stderr, isEnabled: true, color: false, discardStdin: false });
  const draw = () => {
    spinner.text = fitted(standing(recording, systemClock.now()), (process.stderr.columns || 80) - MARGIN);
  };
  draw();
  spinner.start();
  const timer = setInterval(draw, TICK_MS);
  return () => {
    clearInterval(timer);
    spinner.stop();
  };
}

function everyMinute(recording: Recording, console: Console): () => void {
  const timer = setInterval(() => console.say(standing(recording, systemClock.now())), MINUTE_MS);
  return () => clearInterval(timer);
}
