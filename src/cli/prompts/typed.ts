import { isPrintable, printable } from '../../domain/printable.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';
import type { Questions } from './questions.ts';

/** Where something is asked, and where it is said how that went. */
export type Desk = { readonly questions: Questions; readonly console: Console };

const TRIES = 3;

/** What was typed, once it will do; `undefined`: it would not in three tries, or nobody is there to type. */
export async function typedWell(
  question: string,
  { why }: { readonly why: (typed: string) => string | undefined },
  { questions, console }: Desk,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let left = TRIES - 1; left >= 0; left -= 1) {
    const typed = await questions.type(question, signal);
    if (typed === undefined) return undefined;
    const flaw = why(typed);
    if (flaw === undefined) return typed;
    const next = left === 0 ? 'declined' : `${left} ${left === 1 ? 'try' : 'tries'} left`;
    console.show(console.paint('red', `✗ ${flaw}: ${next}`));
  }
  return undefined;
}

/** Whether the word was typed exactly, to the letter and the space. */
export async function typedExactly(
  { word, question }: { readonly word: string; readonly question: string },
  desk: Desk,
  signal: AbortSignal,
): Promise<boolean> {
  const why = (typed: string) =>
    typed === word ? undefined : `"${shown(typed)}" is not "${word}" (capitals and spaces count)`;
  return (await typedWell(question, { why }, desk, signal)) !== undefined;
}

/** The client ID, typed as it is shown: a hostile one in its escaped form, which any keyboard has. */
export async function clientIdTyped(
  clientId: string,
  purpose: string,
  desk: Desk,
  signal: AbortSignal,
): Promise<boolean> {
  const word = printable(clientId);
  const how = isPrintable(clientId) ? '' : ' as it stands here, escapes and all';
  return typedExactly({ word, question: `Type the client ID "${word}"${how} to ${purpose}:` }, desk, signal);
}
