// The committed bits of training: writes hashes.json beside itself, SHA-256 of parameters and velocities of each network after 200
// steps of the JavaScript reference. To be run, after `npm run build:ts`, when a change of arithmetic is meant:  node test/golden/hashes.js
import { writeFileSync } from 'node:fs'
import * as ravine from 'ravine'
import { hashOf, networks, trained } from './networks.js'

const hashes = {}
for (const [name, network] of Object.entries(networks)) {
  hashes[name] = hashOf(await trained(ravine, network, { backend: 'reference' }))
}
writeFileSync(new URL('hashes.json', import.meta.url), `${JSON.stringify(hashes, null, 2)}\n`)
