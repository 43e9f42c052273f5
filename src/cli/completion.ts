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

function bash(commands: Commands): string {
  const listed = choices.map(
    ([flag, words]) => `    ${flag}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word")); return;;`,
  )
  const flags = Object.entries(commands).map(
    ([name, command]) => `    ${name}) known="${flagsOf(command).join(' ')}";;`,
  )
  return `_ravine() {
  local word="\${COMP_WORDS[COMP_CWORD]}" known=""
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${Object.keys(commands).join(' ')} --help --version" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
${listed.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${flags.join('\n')}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$known" -- "$word"))
  else
    compopt -o default 2>/dev/null
    COMPREPLY=($(compgen -W "mnist digits" -- "$word"))
  fi
}
complete -F _ravine ravine
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
  const flags = Object.entries(commands).flatMap(([name, command]) =>
    command.options.map((option) => {
      const { value, words, help } = options[option]
      const takes = value === undefined ? '' : words ? ` -x -a ${told(words.join(' '))}` : ' -r'
      const seen = `-n '__fish_seen_subcommand_from ${name}'`
      return `complete -c ravine ${seen} -l ${flagOf(option).slice(2)}${takes} -d ${told(help)}`
    }),
  )
  return `${[...names, ...flags].join('\n')}\n`
}
