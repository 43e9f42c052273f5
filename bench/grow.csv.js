import { csv } from 'ravine'

// What the memory of a process grows to by reading a file of separated values, as a program of its own; one line says it, in bytes.

const { rss: before } = process.memoryUsage()
const start = performance.now()
const { features } = await csv(process.argv[2])
const seconds = (performance.now() - start) / 1000
const grown = process.resourceUsage().maxRSS * 1024 - before
console.log(JSON.stringify({ seconds, data: features.byteLength, grown }))
