import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure, main, root } from './command.js'

// Runs an example by its name, with the words after it; without a name says which there are.

const folder = join(root, 'examples')
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -'.js'.length))
const [name = '', ...words] = process.argv.slice(2)
const wanted = name.replace(/\.js$/, '')

await main(async () => {
  if (name === '') return console.log(list())
  if (!names.includes(wanted))
    throw new Failure(`example: expected one of those below but received '${name}'\n\n${list()}`)
  const file = join(folder, `${wanted}.js`)
  process.argv = [process.execPath, file, ...words]
  await import(pathToFileURL(file).href)
})

/** Each with the first sentence of what it says of itself. */
function list() {
  const width = Math.max(...names.map(({ length }) => length))
  const about = (name) => /^.*?\.(?= |$)/.exec(commentOf(name))
  return names.map((name) => `${name.padEnd(width)}  ${about(name)}`).join('\n')
}

/** The comment that a file begins with, on one line. */
function commentOf(name) {
  const [comment] = /^(\/\/.*\n)+/.exec(readFileSync(join(folder, `${name}.js`), 'utf8'))
  return comment.replaceAll(/\n?\/\/ */g, ' ').trim()
}
