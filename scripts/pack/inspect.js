import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, root, stage } from '../command.js'
import { packageOf } from '../platforms.js'

/** What `npm install ravine` may bring. */
const limit = 5_000_000

const belongs =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|index\.d\.ts|dist\/.+\.(c?js|d\.ts)|dist\/lab\.html|dist\/report\/client\.css)$/

/** Fails where a package, as `npm pack --json` tells of it, has what it should not or lacks what it should have. */
export async function inspect(tarballs, own) {
  const [ravine, ...others] = tarballs
  checkFiles(ravine.files.map(({ path }) => path))
  checkSize(
    ravine,
    others.find(({ name }) => name === packageOf(own)),
  )
  for (const { filename } of tarballs) await stage(`publint, ${filename}`, `publint run packed/${filename} --strict`)
  await stage('attw', `attw packed/${ravine.filename} --profile esm-only --no-emoji --no-definitely-typed`)
}

function checkFiles(paths) {
  const strangers = paths.filter((path) => !belongs.test(path))
  if (strangers.length > 0) throw new Failure(`pack: expected no ${strangers.join(', ')} in ravine`)
  const telling = paths.filter((path) => textOf(path).includes(root))
  if (telling.length > 0)
    throw new Failure(`pack: expected nothing of this machine but ${telling.join(', ')} names ${root}`)
}

const textOf = (path) => readFileSync(join(root, 'packed/ravine', path), 'utf8')

function checkSize(ravine, own) {
  const bytes = ravine.unpackedSize + own.unpackedSize
  console.log(
    `installed: ${ravine.name} ${megabytes(ravine.unpackedSize)} + ${own.name} ${megabytes(own.unpackedSize)}`,
  )
  if (!(bytes < limit)) throw new Failure(`pack: expected less than ${megabytes(limit)} but it is ${megabytes(bytes)}`)
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`
