import { SOURCE_WORDS } from '../source-words.ts';
import { INCIDENT_PATTERN, valuedOptions } from './words.ts';
import type { CommandWords, OptionWords, Values } from './words.ts';

/** For zsh 5, to be sourced after `compinit`, or as a file `_evict` on the `fpath`. Nothing from outside is evaluated. */
export function zshScript(commands: readonly CommandWords[]): string {
  const client = commands.filter(({ name }) => name === 'client');
  return `#compdef evict
# zsh completion for evict. In ~/.zshrc, after compinit: source <(evict completion zsh)

_evict() {
  local command='' word
  local -a where
  local -i index
${parsing(commands)}
  case $command in
    '')
      _arguments -S : \\
${client.map(optionLines).join('')}        '(- *)'{-V,--version}'[the version]' \\
        '1:command:_evict_commands'
      ;;
${commands.map(commandCase).join('\n')}
  esac
}

_evict_commands() {
  local -a commands=(
${commands.map(({ name, about }) => `    ${quoted(`${name}:${about.replaceAll(':', String.raw`\:`)}`)}`).join('\n')}
  )
  _describe -t commands 'command, or a client ID' commands
}
${INCIDENTS}
if [[ $funcstack[1] == _evict ]]; then
  _evict "$@"
else
  compdef _evict evict
fi
`;
}

/** Finds the command, and takes it out of the words, so that its options may stand on both sides of it. */
function parsing(commands: readonly CommandWords[]): string {
  return `  for ((index = 2; index < CURRENT; index++)); do
    word=$words[index]
    case $word in
      --) _message 'client ID'; return ;;
      ${valuedOptions(commands)
        .map(({ flag }) => flag)
        .join('|')})
        (( ++index < CURRENT )) && [[ $word == (--config|--state-dir) ]] &&
          where+=("$word" "\${\${(Q)words[index]}/#\\~\\//$HOME/}")
        ;;
      --config=*|--state-dir=*) where+=("\${\${(Q)word}/=\\~\\//=$HOME/}") ;;
      -*) ;;
      ${commands.map(({ name }) => name).join('|')})
        if [[ -z $command ]]; then
          command=$word
          words[index]=()
          (( CURRENT--, index-- ))
        fi
        ;;
      *) command=\${command:-client} ;;
    esac
  done`;
}

const LIVE = 'live';
const KEPT = SOURCE_WORDS.whole.filter((word) => word !== LIVE);

const INCIDENTS = `
# IDs of incidents, from the directory that the command line names, if it does.
_evict_incidents() {
  local line
  local -a incidents match mbegin mend
  for line in "\${(@f)$(command evict incidents --json $where 2>/dev/null </dev/null)}"; do
    [[ $line =~ '"incident":"(${INCIDENT_PATTERN})"' ]] && incidents+=("$match[1]")
  done
  compadd -a incidents
}

# The words for a source, those that want a name behind them without a space, and files.
_evict_sources() {
  local -i none=1
  compadd "$@" -- ${LIVE} && none=0
  _evict_kept_sources "$@" && none=0
  return none
}

_evict_kept_sources() {
  local -i none=1
  compadd "$@" -- ${KEPT.join(' ')} && none=0
  compadd "$@" -S '' -- ${SOURCE_WORDS.begun.join(' ')} && none=0
  _files "$@" && none=0
  return none
}
`;

function commandCase(command: CommandWords): string {
  return `    ${command.name})
      _arguments -S : \\
${optionLines(command)}        ${operand(command.operand)}
      ;;`;
}

function optionLines({ options }: CommandWords): string {
  return options
    .flatMap(optionSpecs)
    .map((spec) => `        ${spec} \\\n`)
    .join('');
}

/** Of two names for one option, each excludes the other. */
function optionSpecs({ flag, short, about, repeatable, value }: OptionWords): string[] {
  const tail = value === undefined ? '' : `:${escaped(value.name)}:${completing(value.values)}`;
  const names = short === undefined ? [flag] : [`-${short}`, flag];
  const others = repeatable ? '*' : `(${names.join(' ')})`;
  return names.map((name) =>
    quoted(`${others}${name}${value !== undefined && name === flag ? '=' : ''}[${escaped(about)}]${tail}`),
  );
}

function operand(values: Values): string {
  if (values.kind === 'none') return `'*: :_message "client ID"'`;
  return quoted(`1:${values.kind === 'incidents' ? 'incident' : 'word'}:${completing(values)}`);
}

function completing(values: Values): string {
  switch (values.kind) {
    case 'none':
      return ' ';
    case 'files':
      return '_files';
    case 'directories':
      return '_files -/';
    case 'sources':
      return values.whole.includes(LIVE) ? '_evict_sources' : '_evict_kept_sources';
    case 'incidents':
      return '_evict_incidents';
    case 'choices':
      return `(${values.choices.join(' ')})`;
  }
}

/** Within a spec of `_arguments`. */
function escaped(text: string): string {
  return text.replaceAll(/[\\:[\]]/gu, String.raw`\$&`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
