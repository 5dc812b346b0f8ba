import type { IncidentEntry } from '../domain/incident.ts';
import type { Console } from './console.ts';
import type { Progress } from '../domain/source-ports.ts';
import { Interrupts } from './interrupts.ts';
import { mfaCodePrompt } from './prompts/mfa-code.ts';
import type { OperatorDesk } from './prompts/operator.ts';
import { openQuestions } from './prompts/questions.ts';
import { discardTypeAhead } from './prompts/type-ahead.ts';
import type { TerminalKind } from './prompts/terminal.ts';
import { openScreen } from './render/screen.ts';
import type { Screen } from './render/screen.ts';
import type { Settings } from './settings.ts';
import { systemClock } from './system.ts';
import type { Attendant } from './wire-identity.ts';

/** What every run has around it: the signals of the system, the deadline, the screen, and who can be asked. */
export type Run = Disposable & {
  readonly signal: AbortSignal;
  readonly screen: Screen;
  readonly onEntry: (entry: IncidentEntry) => void;
  readonly onProgress: (progress: Progress) => void;
  /** Who can be asked for what the credentials take. */
  readonly attendant: Attendant;
  /** The desk of the person at the terminal. */
  desk(kind: TerminalKind): Promise<OperatorDesk>;
};

/** Opens what a run needs around it. Its deadline begins here, and anew once a person at the prompt has agreed. */
export async function openRun(settings: Settings, console: Console): Promise<Run> {
  if (settings.events.includes('-') && process.stdin.isTTY)
    console.say('--events - reads what is typed or pasted here, until Ctrl-D on a line of its own');
  const screen = await openScreen(console, settings);
  const interrupts = new Interrupts(console);
  const deadline = systemClock.within(settings.deadline, interrupts.signal);
  const interrupt = () => interrupts.stop();
  let proposes = false;
  return {
    signal: deadline.signal,
    screen,
    onEntry: (entry) => {
      if (entry.kind === 'intended') interrupts.acted();
      screen.happened(entry, { line: !proposes || !isInProposal(entry) });
    },
    attendant: {
      signal: deadline.signal,
      askMfaCode: mfaCodePrompt(settings, {
        console,
        interrupt,
        signal: deadline.signal,
        still: () => screen.busy(undefined),
      }),
    },
    onProgress: screen.progressed,
    desk: async (kind) => {
      const questions = await openQuestions(kind, { console, interrupt });
      proposes = true;
      return {
        console,
        questions,
        now: () => systemClock.now(),
        ready: () => {
          screen.busy(undefined);
          return discardTypeAhead(interrupt);
        },
        agreed: () => deadline.renew(settings.deadline),
      };
    },
    [Symbol.dispose]: () => {
      deadline[Symbol.dispose]();
      interrupts[Symbol.dispose]();
      screen[Symbol.dispose]();
    },
  };
}

/** Of what a proposal shows in full, a line beforehand would only say a part. */
function isInProposal(entry: IncidentEntry): boolean {
  return (
    entry.kind === 'sighted' ||
    entry.kind === 'planned' ||
    (entry.kind === 'connection-read' && entry.when === 'before')
  );
}
