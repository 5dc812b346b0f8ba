import { isPrintable, printable } from '../../domain/printable.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';
import type { Questions } from './questions.ts';

/** Where something is asked, and where it is said how that went. */
export type Desk = { readonly questions: Questions; readonly console: Console };

const TRIES = 3;

/** Whether the word was typed exactly, to the letter and the space, within three tries. */
export async function typedExactly(
  { word, question }: { readonly word: string; readonly question: string },
  { questions, console }: Desk,
  signal: AbortSignal,
): Promise<boolean> {
  for (let left = TRIES - 1; left >= 0; left -= 1) {
    const typed = await questions.type(question, signal);
    if (typed === undefined || typed === word) return typed === word;
    const next = left === 0 ? 'declined' : `${left} ${left === 1 ? 'try' : 'tries'} left`;
    const says = `✗ "${shown(typed)}" is not "${word}" (capitals and spaces count): ${next}`;
    console.show(console.paint('red', says));
  }
  return false;
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
