import { EvictError } from '../../domain/errors.ts';
import { shown } from '../console.ts';
import type { Settings } from '../settings.ts';
import type { Attendant } from '../wire-identity.ts';
import { openQuestions } from './questions.ts';
import type { Asking } from './questions.ts';
import { terminalKind, whyNobodyToAsk } from './terminal.ts';
import { discardTypeAhead } from './type-ahead.ts';
import { typedWell } from './typed.ts';

/** (AWS STS API Reference, AssumeRole, "TokenCode") */
const CODE = /^\d{6}$/u;

type Asked = Asking & {
  readonly signal: AbortSignal;
  /** Nothing moves on the screen any more. */
  readonly still: () => void;
};

/** Asks the person at the terminal for the code of an MFA device; it goes to STS, and nowhere else. */
export function mfaCodePrompt(settings: Pick<Settings, 'events'>, asked: Asked): Attendant['askMfaCode'] {
  return async (device) => {
    const why = whyNobodyToAsk(settings);
    if (why !== undefined) throw noCode(device, `and there is no terminal to ask on (${why})`);
    asked.still();
    await discardTypeAhead(asked.interrupt);
    const questions = await openQuestions(terminalKind(), asked);
    const desk = { questions, console: asked.console };
    const code = await typedWell(
      `Code of the MFA device ${shown(device)}:`,
      { why: whyNoCode },
      desk,
      asked.signal,
    );
    if (code === undefined) throw noCode(device, 'and none was given');
    return code;
  };
}

function whyNoCode(typed: string): string | undefined {
  return CODE.test(typed) ? undefined : 'a code has six digits';
}

function noCode(device: string, why: string): EvictError {
  return new EvictError('credentials-missing', `the role takes a code of the MFA device ${device}, ${why}`, {
    hint: 'run it on a terminal, or get temporary credentials first, with "aws configure export-credentials --profile … --format env", and run it with these and without --profile',
  });
}
