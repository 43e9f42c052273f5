import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { main } from '../src/cli/main.js'

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ravine-completion-'))
  for (const shell of ['bash', 'zsh', 'fish']) {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    await main(['completion', shell])
    writeFileSync(join(folder, shell), `${out.mock.calls[0][0]}`)
    out.mockRestore()
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

const has = (shell: string) => process.platform !== 'win32' && spawnSync(shell, ['-c', 'true']).status === 0
const script = (shell: string) => join(folder, shell)

describe.skipIf(!has('bash'))('bash', () => {
  it.each([
    [['tr'], ['train']],
    [
      ['train', ''],
      ['mnist', 'digits'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['predict', 'model.safetensors', 'd'], ['digits']],
    [['train', '--opt'], ['--optimizer']],
    [
      ['train', '--optimizer', 'ada'],
      ['adam', 'adamW', 'adagrad', 'adadelta'],
    ],
    [
      ['train', '--schedule', '=', 'c'],
      ['constant', 'cosine'],
    ],
    [
      ['train', '--schedule', '='],
      ['constant', 'linear', 'cosine', 'oneCycle'],
    ],
    [['compare', 'digits', '--optimizers', 'sgd,adag'], ['sgd,adagrad']],
    // Files are what it looks for where nothing is known.
    [['train', '--out', ''], []],
    [['train', '--epochs', '1'], []],
  ])('%j', (words, expected) => {
    const typed = ['ravine', ...words]
    const program = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ravine; printf '%s\\n' "\${COMPREPLY[@]}"`
    const said = execFileSync('bash', ['-c', program, script('bash'), ...typed], { encoding: 'utf8' })
    expect(said.split('\n').filter(Boolean)).toEqual(expected)
  })
})

it.skipIf(!has('zsh'))('zsh completes as it is typed', () => {
  const program = `zmodload zsh/zpty || exit
    zpty shell zsh -f -i
    zpty -w shell "ravine() { print SAID:\\$*; }; autoload -U compinit; compinit -u -D; source $0"
    zpty -w -n shell $'ravine compl\\tba\\t\\n'
    zpty -w -n shell $'ravine train dig\\t --optimizer adag\\t --schedule cos\\t\\n'
    zpty -w shell $'print EN""D'
    while zpty -r shell line; do print -r -- $line; [[ $line == *END* ]] && break; done
    zpty -d shell`
  const said = execFileSync('zsh', ['-f', '-c', program, script('zsh')], { encoding: 'utf8', timeout: 20_000 })
  expect([...said.matchAll(/^SAID:(.*?)\r*$/gm)].map(([, words]) => words)).toEqual([
    'completion bash',
    'train digits --optimizer adagrad --schedule cosine',
  ])
})

it.skipIf(!has('fish')).each([
  ['tr', ['train']],
  ['train di', ['digits']],
  ['completion z', ['zsh']],
  ['train --optimizer adag', ['adagrad']],
  ['lab --po', ['--port']],
])('fish completes ravine %s', (typed, expected) => {
  const program = `source $argv[1]; complete -C "ravine ${typed}"`
  const said = execFileSync('fish', ['-N', '-c', program, script('fish')], { encoding: 'utf8', cwd: folder })
  expect(
    said
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0]),
  ).toEqual(expected)
})
