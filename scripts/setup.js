import { join } from 'node:path'
import { Failure, main, manifest, root } from './command.js'
import { locked } from './lock.js'
import { addon, packages, typescript } from './products.js'

// Brings a clone to where it runs: packages, addon, compiled TypeScript. Says in a line what it does, and nothing where nothing is to do.

const products = [packages, addon, typescript]

await main(async () => {
  checkNode()
  if (products.every((product) => product.fresh())) return
  await locked(join(root, 'native', '.setup'), async () => {
    for (const product of products) if (!product.fresh()) await product.make()
  })
})

function checkNode() {
  const wanted = manifest.engines.node.replace('>=', '')
  const [[major, minor], [a, b]] = [process.versions.node, wanted].map((version) => version.split('.').map(Number))
  if (major > a || (major === a && minor >= b)) return
  throw new Failure(`setup: ravine needs Node ${wanted} or newer, and this is ${process.versions.node}.`)
}
