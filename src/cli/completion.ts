import type { Command } from './command.js'
import { flagOf, options } from './options.js'
import { suggestion, UsageError } from './usage.js'

type Commands = Readonly<Record<string, Command>>

const shells: Readonly<Record<string, (commands: Commands) => string>> = { bash, zsh, fish }

/** `ravine completion bash | zsh | fish`: a script that completes commands, options and the words that these can take. */
export const completion = (commands: () => Commands): Command => ({
  usage: 'completion bash|zsh|fish',
  help: 'print what lets a shell complete these lines',
  examples: [
    ['completion bash >> ~/.bashrc', 'for bash'],
    ['completion zsh >> ~/.zshrc', 'for zsh, after compinit'],
    ['completion fish > ~/.config/fish/completions/ravine.fish', 'for fish'],
  ],
  options: [],
  words: 1,
  run({ words: [shell = ''] }) {
    const known = Object.keys(shells)
    if (!known.includes(shell)) {
      throw new UsageError(`expected ${known.join(', ')} but received '${shell}'${suggestion(shell, known)}`)
    }
    process.stdout.write(shells[shell](commands()))
  },
})

/** The words of options that can be listed, by flag. */
const choices = Object.entries(options).flatMap(([name, { words }]) => (words ? [[flagOf(name), words] as const] : []))

const flagsOf = ({ options }: Command) => [...options.map(flagOf), '--help']

/** What may follow a command besides options, as far as it can be listed; else it is a file. */
const wordsOf = ({ usage }: Command) =>
  usage
    .split(' ')
    .slice(1)
    .flatMap((word) => (word === 'DATA' ? ['mnist', 'digits'] : word.split('|')))
    .filter((word) => /^[a-z]+$/.test(word))

/** Lists go on after a comma, and `--option=` is three words to bash. Where nothing is known, `complete` looks for files. */
function bash(commands: Commands): string {
  const listed = choices.map(([flag, words]) => `    ${flag}) known="${words.join(' ')}";;`)
  const named = Object.entries(commands).map(
    ([name, command]) => `    ${name}) flags="${flagsOf(command).join(' ')}"; words="${wordsOf(command).join(' ')}";;`,
  )
  const valued = Object.entries(options).flatMap(([name, { value }]) => (value ? [flagOf(name)] : []))
  return `_ravine() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" known="" flags="" words=""
  if [[ $word == "=" ]]; then word=""; elif [[ $before == "=" ]]; then before="\${COMP_WORDS[COMP_CWORD - 2]}"; fi
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${Object.keys(commands).join(' ')} --help --version" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${named.join('\n')}
  esac
  case "$before" in
${listed.join('\n')}
    ${valued.join('|')}) ;;
    *) if [[ $word == -* ]]; then known="$flags"; else known="$words"; fi;;
  esac
  local last="\${word##*,}"
  COMPREPLY=($(compgen -P "\${word%"$last"}" -W "$known" -- "$last"))
}
complete -o bashdefault -o default -F _ravine ravine
`
}

/** zsh reads what bash does. */
function zsh(commands: Commands): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`
}

function fish(commands: Commands): string {
  const told = (text: string) => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`
  const names = Object.entries(commands).map(
    ([name, { help }]) => `complete -c ravine -n __fish_use_subcommand -f -a ${name} -d ${told(help)}`,
  )
  const words = Object.entries(commands).flatMap(([name, command]) => {
    const known = wordsOf(command).join(' ')
    return known ? [`complete -c ravine -n '__fish_seen_subcommand_from ${name}' -a ${told(known)}`] : []
  })
  const flags = Object.entries(commands).flatMap(([name, command]) =>
    command.options.map((option) => {
      const { value, words, help: usual } = options[option]
      const help = command.says?.[option] ?? usual
      const takes = value === undefined ? '' : words ? ` -x -a ${told(words.join(' '))}` : ' -r'
      const seen = `-n '__fish_seen_subcommand_from ${name}'`
      return `complete -c ravine ${seen} -l ${flagOf(option).slice(2)}${takes} -d ${told(help)}`
    }),
  )
  return `${[...names, ...words, ...flags].join('\n')}\n`
}
