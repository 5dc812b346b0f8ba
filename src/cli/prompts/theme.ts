import { shown } from '../console.ts';
import type { Console } from '../console.ts';

/**
 * How inquirer's prompts look: in the console's own colours, which heed `--no-color`, `NO_COLOR` and `FORCE_COLOR` and are
 * judged by stderr. Inquirer's own are judged by stdout, which may be piped while the questions stand on stderr.
 */
export function themeOf(paint: Console['paint']) {
  const bold = (text: string) => paint('bold', text);
  const dim = (text: string) => paint('dim', text);
  return {
    prefix: { idle: bold('?'), done: paint('green', '✓') },
    spinner: { interval: 200, frames: ['…'] },
    icon: { cursor: '❯', checked: paint('green', '◉'), unchecked: '◯' },
    style: {
      answer: bold,
      message: (text: string) => text,
      error: (text: string) => paint('red', `> ${text}`),
      defaultAnswer: (text: string) => dim(`(${text})`),
      help: dim,
      highlight: bold,
      key: bold,
      disabled: dim,
      description: dim,
      searchTerm: (text: string) => bold(shown(text)),
      keysHelpTip: (keys: readonly (readonly [string, string])[]) =>
        dim(keys.map(([key, action]) => `${key} ${action}`).join(' • ')),
    },
  };
}
