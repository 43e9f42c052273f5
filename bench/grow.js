import { mnist } from 'ravine'
import { lesson, network } from './seed.js'

// What the memory of a process grows to by two epochs of the seed MLP, as a program of its own; one line says it, in bytes.

const model = network()
const { rss: before } = process.memoryUsage()
const { train, test } = await mnist({ download: false })
const data = [train, test].flatMap(({ features, labels }) => [features, labels])
const bytes = data.reduce((sum, { byteLength }) => sum + byteLength, 0)
const loaded = process.memoryUsage().rss - before
const [{ loss }] = (await model.fit(train, { ...lesson, epochs: 2 })).slice(-1)
const grown = process.resourceUsage().maxRSS * 1024 - before
console.log(JSON.stringify({ data: bytes, loaded, grown, loss }))
