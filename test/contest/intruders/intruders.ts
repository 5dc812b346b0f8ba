import type { Intruder } from '../intruder.ts';
import { MID_STEP_INTRUDERS } from './mid-step.ts';
import { OTHER_INTRUDERS } from './others.ts';
import { STUBBORN_INTRUDERS } from './stubborn.ts';

/** Every kind there is. */
export const INTRUDERS: readonly Intruder[] = [
  ...STUBBORN_INTRUDERS,
  ...MID_STEP_INTRUDERS,
  ...OTHER_INTRUDERS,
];
