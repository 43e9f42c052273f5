// Trains the networks of ../golden in all ways, in this process's instruction set, and prints the hashes, or writes them into a file.
import { writeFileSync } from 'node:fs'
import * as ravine from 'ravine'
import { hashOf, networks, trained, ways } from '../golden/networks.js'
import * as unfused from './unfused.js'

const unfusing = { ...ravine, ...unfused }

const hashes = {}
for (const [name, network] of Object.entries(networks)) {
  hashes[name] = {}
  for (const { name: way, threads, fused } of ways) {
    hashes[name][way] = hashOf(await trained(fused ? ravine : unfusing, network, { threads }))
  }
}
const text = JSON.stringify({ instructionSet: ravine.cpu().instructionSet, hashes })
if (process.argv[2]) writeFileSync(process.argv[2], text)
else console.log(text)
