import { fitted } from './width.ts';

/** One line of a proposal: what it is about, and what there is to say. */
export function field(name: string, text: string): string {
  return `  ${name.padEnd(9)} ${text}`;
}

/** About two lines of a terminal: enough to know what it is; the details have it in full. */
const BRIEF = 150;

/** The beginning of a text that may be long, such as what AWS says in refusing. */
export function briefly(text: string): string {
  return fitted(text, BRIEF);
}
