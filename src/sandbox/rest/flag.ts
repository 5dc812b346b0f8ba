import * as z from 'zod';

/** A boolean in a query string; not being there is no. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((word) => word === 'true');
