import * as z from 'zod';

/** The last millisecond that a date can name: a hostile timestamp must not break the one who prints it. */
const LATEST_TIME = 8_640_000_000_000_000;
/** As milliseconds these are days of 1970 to 1973, as seconds the years from 2001 on: AWS IoT is of 2015. */
const [FIRST_SECOND, LAST_SECOND] = [1e9, 1e11] as const;

/** A number, or its digits as text, as tables and exports hold it. */
export const writtenNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,20}(?:\.\d{1,20})?(?:[Ee]\+?\d{1,2})?$/u)
    .transform(Number),
]);

/** Epoch milliseconds, whatever it was written in: some rules and tables keep seconds, and some have made a fraction of it. */
export const eventTime = writtenNumber
  .transform((written) =>
    Math.floor(written >= FIRST_SECOND && written < LAST_SECOND ? Math.round(written * 1_000) : written),
  )
  .pipe(z.number().int().nonnegative().max(LATEST_TIME));

/**
 * An optional field. Null, or a value that it cannot have, costs the field and not the event: where an event is passed over, an
 * older one of somebody else is taken for the latest.
 */
export function wherePossible<T extends z.ZodType>(field: T) {
  return field.optional().catch(undefined);
}
