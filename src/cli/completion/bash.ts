import { INCIDENT_PATTERN, valuedOptions } from './words.ts';
import type { CommandWords, OptionWords, Values } from './words.ts';

/**
 * For bash 3.2 (as macOS has it) and newer, without the bash-completion package. Nothing of what is on the command line, or
 * of what `evict incidents` prints, is ever evaluated: words are compared, and IDs taken out by a strict pattern.
 */
export function bashScript(commands: readonly CommandWords[]): string {
  return `# bash completion for evict. In ~/.bashrc: source <(evict completion bash)

_evict() {
  local current=''
  COMPREPLY=()
  _evict_answer
  # bash replaces only what is behind the last ":"
  if ((\${#COMPREPLY[@]} > 0)) && [[ $COMP_WORDBREAKS == *:* && $current == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${current%:*}:"}")
  fi
}

_evict_answer() {
  local command='' option='' operands=0 index last word
  local -a where=() words=()
${WORDS}
${parsing(commands)}
${answering(commands)}
}
${FUNCTIONS}
_evict_options() {
  case $1 in
${commands.map(optionsCase).join('\n')}
  esac
}

# The words for a source that a command takes.
_evict_source_words() {
  case $1 in
${commands.flatMap(sourcesCase).join('\n')}
  esac
}

complete -F _evict evict
`;
}

/** The words as they were typed, up to the cursor: `dynamodb:TABLE` is one. */
const WORDS = `  # bash takes ":" for a word of its own
  local line=$COMP_LINE joins=''
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    line=\${line#*"$word"}
    if [[ -n $joins && ($joins == colon || $word == :*) && -n $word ]]; then
      words[last]+=$word
    else
      last=\${#words[@]}
      words+=("$word")
    fi
    joins=''
    [[ $line == [[:space:]]* ]] || joins=near
    [[ -n $joins && $word == *: ]] && joins=colon
  done
  current=\${words[last]}`;

/** Finds out where on the command line the cursor is. */
function parsing(commands: readonly CommandWords[]): string {
  return `  for ((index = 1; index < last; index++)); do
    word=\${words[index]}
    case $word in
      --) return ;;
      ${valuedOptions(commands)
        .map(({ flag }) => flag)
        .join('|')})
        option=$word
        # bash takes "=" for a word of its own
        [[ \${words[index + 1]} == '=' ]] && ((index++))
        ((++index < last)) || break
        case $option in
          --config|--state-dir) where+=("$option" "\${words[index]/#\\~\\//$HOME/}") ;;
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
  return `  # nothing for an option that the command does not take
  [[ -z $option || " $(_evict_options "\${command:-client}") " == *" $option "* ]] || return 0
  case $option in
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

# The words for a source, and files. One that wants a name behind it gets no space.
_evict_sources() {
  _evict_words "$(_evict_source_words "\${command:-client}")"
  if ((\${#COMPREPLY[@]} == 0)); then
    _evict_files -f
    return
  fi
  local name
  while IFS= read -r name; do
    COMPREPLY+=("$name")
  done < <(compgen -f -- "$current")
  type compopt >/dev/null 2>&1 && ((\${#COMPREPLY[@]} == 1)) && [[ $COMPREPLY == *[:/] ]] && compopt -o nospace
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
    case 'sources':
      return '_evict_sources';
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

function sourcesCase({ name, options }: CommandWords): string[] {
  return options.flatMap(({ value }) =>
    value?.values.kind === 'sources'
      ? [`    ${name}) printf '%s' '${[...value.values.whole, ...value.values.begun].join(' ')}' ;;`]
      : [],
  );
}
