import { createInterface } from 'node:readline';
import { listen } from './listening.ts';
import type { Asking, Check, Find, Option, Questions } from './questions.ts';

/** Questions as plain numbered lines, for a terminal that moves no cursor (TERM=dumb), and for those who hear it read out. */
export function plainQuestions({ console }: Asking): Questions {
  return {
    choose: async (message, options, signal) => {
      for (;;) {
        const typed = await ask(`${numbered(message, options)}Number (Enter for 1): `, signal);
        if (typed === undefined) return undefined;
        const option = options[numberIn(typed === '' ? '1' : typed)];
        if (option !== undefined) return option.value;
      }
    },
    check: async (question, signal) => {
      for (;;) {
        const typed = await ask(checklist(question), signal);
        if (typed === undefined) return undefined;
        const chosen = typed === '' ? question.checked : chosenIn(typed, question.options);
        const why = chosen === undefined ? 'these are not numbers of the list' : question.why(chosen);
        if (chosen !== undefined && why === undefined) return chosen;
        console.show(`> ${why ?? ''}`);
      }
    },
    type: (message, signal) => ask(`${message} `, signal),
    search: async <T>(message: string, find: Find<T>, signal: AbortSignal) => {
      let { options, more } = find('');
      for (;;) {
        const rest = more === 0 ? '' : `… and ${more} more\n`;
        const typed = await ask(
          `${numbered(message, options)}${rest}Number, or a part of the name: `,
          signal,
        );
        if (typed === undefined) return undefined;
        const option = options[numberIn(typed)];
        if (option !== undefined) return option.value;
        ({ options, more } = find(typed));
      }
    },
  };
}

/** One line, as the terminal itself lets it be edited. */
function ask(question: string, asked: AbortSignal): Promise<string | undefined> {
  return listen(asked, async (input, signal) => {
    const lines = createInterface({ input, output: process.stderr, terminal: false });
    try {
      return await new Promise<string>((resolve, reject) => {
        lines.question(question, resolve);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        if (signal.aborted) reject(signal.reason);
      });
    } finally {
      lines.close();
    }
  });
}

function numbered<T>(message: string, options: readonly Option<T>[]): string {
  return [message, ...options.map(({ name }, index) => `  ${index + 1}. ${name}`), ''].join('\n');
}

function checklist<T>({ message, options, checked }: Check<T>): string {
  const marked = options.map(({ name, value }) => ({
    name: `${checked.includes(value) ? '[x]' : '[ ]'} ${name}`,
    value,
  }));
  return `${numbered(message, marked)}Numbers, parted by commas (Enter leaves it so): `;
}

/** Counted from 0; -1 for what is no number. */
function numberIn(typed: string): number {
  return /^\s*\d+\s*$/u.test(typed) ? Number(typed) - 1 : -1;
}

function chosenIn<T>(typed: string, options: readonly Option<T>[]): T[] | undefined {
  const chosen = typed
    .split(/[\s,]+/u)
    .filter((word) => word !== '')
    .map((word) => options[numberIn(word)]);
  return chosen.includes(undefined) ? undefined : chosen.flatMap((option) => (option ? [option.value] : []));
}
