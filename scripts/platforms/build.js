import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { main, root } from '../command.js'
import { folderOf } from '../platforms.js'
import { builders } from './builders.js'
import { checkNeeds } from './needs.js'
import { writePackage } from './package.js'
import { wanted } from './wanted.js'

// npm run build:all [NAME …]: the package of every platform, or of those that are named, built on x86-64 Linux into npm/.

await main(async () => {
  const chosen = wanted('build:all')
  await checkNeeds(
    'build:all',
    chosen.flatMap((platform) => builders[platform.builder].needs(platform)),
  )
  for (const platform of chosen) {
    // A build that fails leaves no older one behind.
    rmSync(join(root, folderOf(platform)), { recursive: true, force: true })
    await builders[platform.builder].build(platform)
    writePackage(platform)
  }
})
