import type { KeptMessage } from './kept-message.ts';

/** Keeps the messages of incidents. */
export interface MessageKeeper {
  /** In a file beside the incident's record. What an interrupted run has kept there stays; nothing is made for no message. */
  beside(record: string): MessageFile;
}

export interface MessageFile {
  /** `false`: there is enough of them. Throws `evidence-unwritable`. */
  keep(message: KeptMessage): Promise<boolean>;
  /** Keeps no more, and sums up what is there; `undefined`: nothing is. Throws `evidence-unwritable`. */
  close(): Promise<MessageSum | undefined>;
}

export type MessageSum = { readonly file: string; readonly count: number; readonly sha256: string };
