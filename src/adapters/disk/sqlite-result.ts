/** What SQLite says of a failure (sqlite.org/rescode.html). The library has names for some of its codes only. */
export const BUSY = 5;
export const READONLY = 8;
export const CANTOPEN = 14;
const PERM = 3;
const LOCKED = 6;
const NOMEM = 7;
const INTERRUPT = 9;
const IOERR = 10;
const FULL = 13;
const PROTOCOL = 15;
const NOLFS = 22;
const AUTH = 23;
const IOERR_SHORT_READ = IOERR + 2 * 256;
const IOERR_CORRUPTFS = IOERR + 33 * 256;

const SURROUNDINGS = [
  PERM,
  BUSY,
  LOCKED,
  NOMEM,
  READONLY,
  INTERRUPT,
  IOERR,
  FULL,
  CANTOPEN,
  PROTOCOL,
  NOLFS,
  AUTH,
];

/** Whether the failure is of one of these kinds, whatever it says beyond. */
export function isAbout(thrown: unknown, kinds: readonly number[]): boolean {
  const code = resultOf(thrown);
  return code !== undefined && kinds.includes(code % 256);
}

/** Whether it is about what is in the file: of statements that are right, that is all that is not about what is around it. */
export function isAboutContent(thrown: unknown): boolean {
  const code = resultOf(thrown);
  if (code === IOERR_SHORT_READ || code === IOERR_CORRUPTFS) return true;
  return code !== undefined && !isAbout(thrown, SURROUNDINGS);
}

function resultOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const code: unknown = Reflect.get(thrown, 'rawCode');
  return typeof code === 'number' ? code : undefined;
}
