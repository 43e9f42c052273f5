// Trains the networks of ../golden in all ways, in this process's instruction set, and prints the hashes.
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
console.log(JSON.stringify({ instructionSet: ravine.cpu().instructionSet, hashes }))
