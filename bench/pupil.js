import { runner } from './epochs.js'
import { examples, network } from './seed.js'

// A process that trains the seed MLP for an epoch whenever it is told to; its argument says on how many threads, if at all.

const { train } = await examples()
const { measure } = runner(network(), train, { threads: Number(process.argv[2]) || undefined })
process.on('message', async () => process.send(await measure()))
process.send(train.examples)
