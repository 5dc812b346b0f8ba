/** What is known of a request: values by key, the keys in lower case. A key without a value is not in it. */
export type Context = ReadonlyMap<string, readonly string[]>;

/** What the patterns and conditions of one document are read in. */
export type Scope = {
  readonly context: Context;
  /** Whether `${…}` is a variable here: in documents of version 2012-10-17 only (IAM User Guide, Variables and tags). */
  readonly substitutes: boolean;
  /** Collects the names of variables that had no value, as the documents write them. */
  readonly missing: Set<string>;
};

type Entries = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Makes a context. Keys differ not by case (IAM): the values of keys that become one are put together, so that such a key has
 * several values and stands for no variable, rather than for the one that came last.
 */
export function contextOf(entries: Entries): Context {
  const context = new Map<string, readonly string[]>();
  for (const [key, value = []] of Object.entries(entries)) {
    const values = typeof value === 'string' ? [value] : value;
    if (values.length > 0) context.set(key.toLowerCase(), [...valuesOf(context, key), ...values]);
  }
  return context;
}

/** The values of a key, however it is capitalized. */
export function valuesOf(context: Context, key: string): readonly string[] {
  return context.get(key.toLowerCase()) ?? [];
}
