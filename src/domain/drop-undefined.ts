/** A document says nothing about what is not known. */
export function dropUndefined<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T;
export function dropUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}
