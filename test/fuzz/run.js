import { parseArgs } from 'node:util'
import { crc32 } from 'node:zlib'
import { bytesOf } from '../../dist/bytes.js'
import { readIdx } from '../../dist/idx.js'
import { jsonLines } from '../../dist/jsonLines.js'
import { readNpy } from '../../dist/npy.js'
import { readNpz } from '../../dist/npz.js'
import { parseHeader } from '../../dist/safetensors.js'
import { parsersOf, tried } from './parsers.js'

// npm run fuzz -- [NAME …] [--cases 1000000] [--seconds S] [--first 0]   Cases of each parser, or as many as go into that time.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: 'Infinity' },
    first: { type: 'string', default: '0' },
  },
})
const [cases, seconds, first] = [values.cases, values.seconds, values.first].map(Number)
const parsers = parsersOf({ readIdx, readNpy, readNpz, bytesOf, jsonLines, parseHeader, crc32 })
const asked = positionals.length > 0 ? positionals : Object.keys(parsers)
const unknown = asked.find((name) => !Object.hasOwn(parsers, name))
if (unknown) {
  console.error(`fuzz: expected parsers among ${Object.keys(parsers).join(', ')} but received '${unknown}'`)
  process.exit(2)
}

for (const name of asked) {
  const [start, counts] = [performance.now(), { read: 0, refused: 0 }]
  let most = 0
  let number = first
  for (; number < first + cases && performance.now() - start < 1000 * seconds; number++) {
    counts[await tried(parsers[name], number)]++
    if (number % 10_000 === 0) most = Math.max(most, process.memoryUsage().rss)
  }
  const time = ((performance.now() - start) / 1000).toFixed(0)
  const total = (number - first).toLocaleString('en')
  console.log(
    `${name.padEnd(12)} ${total} cases, ${counts.read} read, ${counts.refused} refused, ${time} s, ${most >> 20} MiB`,
  )
}
