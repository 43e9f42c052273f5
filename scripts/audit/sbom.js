import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { main, manifest, root, stage } from '../command.js'
import { linked } from './crates.js'

// npm run sbom: what ravine consists of, in CycloneDX, beside the tarballs: what npm brings along, and the crates in the addon.

const packed = join(root, 'packed')

await main(async () => {
  mkdirSync(packed, { recursive: true })
  const output = await stage('sbom', 'npm sbom --sbom-format cyclonedx --omit dev --package-lock-only')
  const npm = JSON.parse(output)
  // npm calls it by the name of the folder.
  npm.metadata.component.name = manifest.name
  for (const [name, content] of Object.entries({ ravine: npm, 'ravine-addon': bill(await linked()) })) {
    writeFileSync(join(packed, `${name}.cdx.json`), `${JSON.stringify(content, null, 2)}\n`)
  }
})

function bill(crates) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        type: 'library',
        name: 'ravine-addon',
        version: manifest.version,
        licenses: [{ expression: 'MIT' }],
      },
    },
    components: crates.map(({ name, version, license }) => ({
      type: 'library',
      name,
      version,
      'bom-ref': `${name}@${version}`,
      purl: `pkg:cargo/${name}@${version}`,
      // Old manifests write a slash for what SPDX calls OR.
      licenses: [{ expression: license.replace('/', ' OR ') }],
    })),
  }
}
