import { INCIDENT_PATTERN, valuedOptions } from './words.ts';
import type { CommandWords, OptionWords, Values } from './words.ts';

/**
 * For bash 3.2 (as macOS has it) and newer, without the bash-completion package. Nothing of what is on the command line, or
 * of what `evict incidents` prints, is ever evaluated: words are compared, and IDs taken out by a strict pattern.
 */
export function bashScript(commands: readonly CommandWords[]): string {
  return `# bash completion for evict. In ~/.bashrc: source <(evict completion bash)

_evict() {
  local current=\${COMP_WORDS[COMP_CWORD]} command='' option='' operands=0 index word
  local -a where=()
  COMPREPLY=()
${parsing(commands)}
${answering(commands)}
}
${FUNCTIONS}
_evict_options() {
  case $1 in
${commands.map(optionsCase).join('\n')}
  esac
}

complete -F _evict evict
`;
}

/** Finds out where on the command line the cursor is. */
function parsing(commands: readonly CommandWords[]): string {
  return `  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case $word in
      --) return ;;
      ${valuedOptions(commands)
        .map(({ flag }) => flag)
        .join('|')})
        option=$word
        # bash takes "=" for a word of its own
        [[ \${COMP_WORDS[index + 1]} == '=' ]] && ((index++))
        ((++index < COMP_CWORD)) || break
        case $option in
          --config|--state-dir) where+=("$option" "\${COMP_WORDS[index]/#\\~\\//$HOME/}") ;;
        esac
        option=''
        ;;
      -*) ;;
      ${commands.map(({ name }) => name).join('|')})
        if [[ -z $command ]]; then command=$word; else ((++operands)); fi
        ;;
      *)
        command=\${command:-client}
        ((++operands))
        ;;
    esac
  done
  [[ $current == '=' ]] && current=''`;
}

/** Completes what belongs there. */
function answering(commands: readonly CommandWords[]): string {
  return `  case $option in
    '') ;;
${valuesByOption(valuedOptions(commands))}
    *) return ;;
  esac
  if [[ $current == -* ]]; then
    _evict_words "$(_evict_options "\${command:-client}")"
    [[ -n $command ]] || _evict_words '--version -V'
  elif [[ -z $command ]]; then
    _evict_words '${commands.map(({ name }) => name).join(' ')}'
  elif ((operands == 0)); then
    case $command in
${commands.flatMap(operandCase).join('\n')}
    esac
  fi`;
}

const FUNCTIONS = `
# Adds to COMPREPLY those of the words in $1 that begin like the current one.
_evict_words() {
  local word IFS=' '
  for word in $1; do
    [[ $word == "$current"* ]] && COMPREPLY+=("$word")
  done
}

# Files, or with -d directories, that begin like the current word.
_evict_files() {
  local name
  type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
  while IFS= read -r name; do
    COMPREPLY+=("$name")
  done < <(compgen "$1" -- "$current")
}

# IDs of incidents, from the directory that the command line names, if it does.
_evict_incidents() {
  local line pattern='"incident":"(${INCIDENT_PATTERN})"' found=''
  while IFS= read -r line; do
    [[ $line =~ $pattern ]] && found+=" \${BASH_REMATCH[1]}"
  done < <(command evict incidents --json \${where[@]+"\${where[@]}"} 2>/dev/null </dev/null)
  _evict_words "$found"
}
`;

function valuesByOption(valued: readonly OptionWords[]): string {
  return valued
    .flatMap(({ flag, value }) => {
      const act = value === undefined ? undefined : completing(value.values);
      return act === undefined ? [] : [`    ${flag}) ${act}; return ;;`];
    })
    .join('\n');
}

function operandCase({ name, operand }: CommandWords): string[] {
  const act = completing(operand);
  return act === undefined ? [] : [`      ${name}) ${act} ;;`];
}

function completing(values: Values): string | undefined {
  switch (values.kind) {
    case 'none':
      return undefined;
    case 'files':
      return '_evict_files -f';
    case 'directories':
      return '_evict_files -d';
    case 'incidents':
      return '_evict_incidents';
    case 'choices':
      return `_evict_words '${values.choices.join(' ')}'`;
  }
}

function optionsCase({ name, options }: CommandWords): string {
  const flags = options.flatMap(({ flag, short }) => [flag, ...(short === undefined ? [] : [`-${short}`])]);
  return `    ${name}) printf '%s' '${flags.join(' ')}' ;;`;
}
