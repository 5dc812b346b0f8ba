import { createPromptModule } from 'inquirer';
import * as z from 'zod';
import { nameOf } from '../../domain/errors.ts';
import { shown } from '../console.ts';
import type { Keyboard } from './keyboard.ts';
import { listen } from './listening.ts';
import type { Asking, Check, Find, Option, Questions } from './questions.ts';
import { themeOf } from './theme.ts';

/** What inquirer answers a list with: the place of the chosen option among all that it was shown. */
const place = z.number();

type Question = {
  readonly type: 'select' | 'checkbox' | 'input' | 'search';
  readonly message: string;
} & Readonly<Record<string, unknown>>;

/** Questions by inquirer, on stderr: lists to move about in, and a search that answers as one types. */
export function menus(asking: Asking): Questions {
  const theme = themeOf(asking.console.paint);
  const ask = <A>(question: Question, answer: z.ZodType<A>, signal: AbortSignal) =>
    listen(signal, (input, limit) => inquire({ ...question, theme }, { answer, asking, input, limit }));
  return {
    choose: async (message, options, signal) => {
      const choices = options.map(({ name }, value) => ({ name, value }));
      const list = { type: 'select', message, choices, loop: false, pageSize: pageSize() } as const;
      const chosen = await ask(list, place, signal);
      return chosen === undefined ? undefined : options[chosen]?.value;
    },
    check: async ({ options, ...question }, signal) => {
      const chosen = await ask(checkbox({ options, ...question }), z.array(place), signal);
      return chosen && at(options, chosen);
    },
    // What is pasted may be hostile, too.
    type: (message, signal) => ask({ type: 'input', message, transformer: shown }, z.string(), signal),
    search: async <T>(message: string, find: Find<T>, signal: AbortSignal) => {
      const offered: Option<T>[] = [];
      const source = (search = '') => {
        const completed = offered.find(({ name }) => name === search); // by Tab
        return found(completed === undefined ? find(search) : { options: [completed], more: 0 }, offered);
      };
      const chosen = await ask({ type: 'search', message, source, pageSize: pageSize() }, place, signal);
      return chosen === undefined ? undefined : offered[chosen]?.value;
    },
  };
}

type Inquiry<A> = {
  readonly answer: z.ZodType<A>;
  readonly asking: Asking;
  readonly input: Keyboard;
  readonly limit: AbortSignal;
};

/** In raw mode Ctrl-C is no signal: inquirer throws in its place, and what it would have set off is set off here. */
async function inquire<A>(question: Question, { answer, asking, input, limit }: Inquiry<A>): Promise<A> {
  const prompt = createPromptModule({ input, output: process.stderr, signal: limit });
  try {
    return z.object({ answer }).parse(await prompt([{ ...question, name: 'answer' }])).answer;
  } catch (error) {
    if (nameOf(error) === 'ExitPromptError') asking.interrupt();
    throw error;
  }
}

function checkbox<T>({ message, options, checked, why }: Check<T>): Question {
  return {
    type: 'checkbox',
    message,
    loop: false,
    pageSize: pageSize(),
    choices: options.map(({ name, value }, index) => ({
      name,
      value: index,
      checked: checked.includes(value),
    })),
    validate: (chosen: readonly { readonly value: number }[]) =>
      why(
        at(
          options,
          chosen.map(({ value }) => value),
        ),
      ) ?? true,
  };
}

function at<T>(options: readonly Option<T>[], places: readonly number[]): T[] {
  return options.filter((_, index) => places.includes(index)).map(({ value }) => value);
}

/** The options as inquirer wants them; each gets its place among all that were offered since the search began. */
function found<T>({ options, more }: ReturnType<Find<T>>, offered: Option<T>[]) {
  const description = more === 0 ? '' : `… and ${more} more: type a part of it`;
  return options.map((option) => ({ name: option.name, value: offered.push(option) - 1, description }));
}

/** What fits on the screen beside the question and its help. */
function pageSize(): number {
  return Math.max(3, Math.min(12, (process.stderr.rows || 24) - 6));
}
