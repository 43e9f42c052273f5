// Trains the networks of ../golden on all numbers of threads, in this process's instruction set, and prints the hashes.
import * as ravine from 'ravine'
import { hashOf, networks, threads, trained } from '../golden/networks.js'

const hashes = {}
for (const [name, network] of Object.entries(networks)) {
  hashes[name] = {}
  for (const count of threads) hashes[name][count] = hashOf(await trained(ravine, network, { threads: count }))
}
console.log(JSON.stringify({ instructionSet: ravine.cpu().instructionSet, hashes }))
