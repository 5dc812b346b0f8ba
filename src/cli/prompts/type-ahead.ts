import { setTimeout as delay } from 'node:timers/promises';

/** Until what the terminal has kept has been read. */
const ARRIVES_WITHIN_MS = 40;
const CTRL_C = 3;

/**
 * Throws away what was typed before a question stood on the screen: it cannot be meant as an answer to it. Raw, since a
 * terminal keeps an unfinished line to itself otherwise; so Ctrl-C has to be found among it.
 */
export async function discardTypeAhead(interrupt: () => void): Promise<void> {
  const { stdin } = process;
  if (stdin.readableEnded || stdin.destroyed) return;
  const discard = (typed: Buffer) => {
    if (typed.includes(CTRL_C)) interrupt();
  };
  stdin.setRawMode(true);
  stdin.on('data', discard);
  await delay(ARRIVES_WITHIN_MS);
  stdin.pause();
  stdin.off('data', discard);
  stdin.setRawMode(false);
}
