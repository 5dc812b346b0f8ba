import { INCIDENT_PATTERN, valuedOptions } from './words.ts';
import type { CommandWords, OptionWords, Values } from './words.ts';

/** For fish 3. Nothing from outside is evaluated. */
export function fishScript(commands: readonly CommandWords[]): string {
  return `# fish completion for evict: evict completion fish > ~/.config/fish/completions/evict.fish
${placing(commands)}
${INCIDENTS}
complete --command evict --no-files
complete --command evict --condition '__evict_at command' --short-option V --long-option version --description 'the version'
${commands.map(commandLine).join('\n')}
${commands.flatMap(linesOf).join('\n')}
`;
}

/** Finds out where on the command line the cursor is. */
function placing(commands: readonly CommandWords[]): string {
  return `
# "command" before there is one, its name where its operand is missing, with a "+" where it is not, "end" after "--".
function __evict_place
    set -l place command
    set -l value no
    for word in (commandline -opc)[2..-1]
        if test $value = yes
            set value no
            continue
        end
        switch $word
            case --
                echo end
                return
            case ${valuedOptions(commands)
              .map(({ flag }) => flag)
              .join(' ')}
                set value yes
            case '-*'
            case ${commands.map(({ name }) => name).join(' ')}
                if test $place = command
                    set place $word
                else
                    set place (string trim --right --chars=+ $place)+
                end
            case '*'
                if test $place = command
                    set place client
                end
                set place (string trim --right --chars=+ $place)+
        end
    end
    echo $place
end

function __evict_at
    contains -- (__evict_place) $argv
end`;
}

const INCIDENTS = `
# IDs of incidents, from the directory that the command line names, if it does.
function __evict_incidents
    set -l where
    set -l option
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            set --append where $option (string replace --regex '^~/' $HOME/ -- $word)
            set option
            continue
        end
        switch $word
            case --config --state-dir
                set option $word
            case '--config=*' '--state-dir=*'
                set --append where $word
        end
    end
    command evict incidents --json $where 2>/dev/null </dev/null | string replace --filter --regex '^.*?"incident":"(${INCIDENT_PATTERN})".*$' '$1'
end
`;

function commandLine({ name, about }: CommandWords): string {
  return `complete --command evict --condition '__evict_at command' --arguments ${name} --description ${quoted(about)}`;
}

function linesOf({ name, operand, options }: CommandWords): string[] {
  const places = name === 'client' ? 'command client client+' : `${name} ${name}+`;
  const values = completing(operand);
  const ofOperand =
    operand.kind === 'none' ? [] : [`complete --command evict --condition '__evict_at ${name}' ${values}`];
  return [...ofOperand, ...options.map((option) => optionLine(option, places))];
}

function optionLine({ flag, short, about, value }: OptionWords, places: string): string {
  const name = `${short === undefined ? '' : `--short-option ${short} `}--long-option ${flag.slice('--'.length)}`;
  const takes = value === undefined ? '' : ` --require-parameter ${completing(value.values)}`;
  return `complete --command evict --condition '__evict_at ${places}' ${name}${takes} --description ${quoted(about)}`;
}

function completing(values: Values): string {
  switch (values.kind) {
    case 'none':
      return '--no-files';
    case 'files':
      return '--force-files';
    case 'directories':
      return `--no-files --arguments '(__fish_complete_directories)'`;
    case 'sources':
      return `--force-files --arguments '${[...values.whole, ...values.begun].join(' ')}'`;
    case 'incidents':
      return `--no-files --arguments '(__evict_incidents)'`;
    case 'choices':
      return `--no-files --arguments '${values.choices.join(' ')}'`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/gu, String.raw`\$&`)}'`;
}
