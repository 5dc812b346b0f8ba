/**
 * Characters that could move a cursor, recolour a terminal, reorder text or hide: C0 and C1 controls, DEL, bidirectional
 * marks and overrides, zero-width and other invisible characters, line and paragraph separators, lone surrogates.
 */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** A string from outside as it may be shown to a person: every unprintable character as its `\u{…}` escape. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${codePointOf(character)}}`);
}

/** Whether showing it needs escapes. */
export function isPrintable(text: string): boolean {
  return printable(text) === text;
}

/** JSON that is the same value to a parser and harmless on a terminal: what `JSON.stringify` leaves raw is escaped, too. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu,
    (character) =>
      [...utf16Units(character)].map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join(''),
  );
}

function codePointOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(2, '0');
}

function* utf16Units(character: string): Generator<number> {
  for (let index = 0; index < character.length; index += 1) yield character.charCodeAt(index);
}
