import { ends } from './child.js'

// A process that ends in the middle of a run ends as Node does.

const run = (threads) => `
  import { dense, digits, sequential, sgd } from 'ravine'
  const { train } = digits({ examples: 300 })
  const model = sequential({ inputs: 784, threads: ${threads} }, [dense(64, 'relu'), dense(10)])
  const underWay = new Promise((resolve) => {
    model.fit(train, { optimizer: sgd({ learningRate: 1e-4 }), epochs: 1e6, logEvery: 1, onStep: resolve })
  })
  await underWay`

const ways = [
  [{ code: 7, output: /^$/ }, 'process.exit(7)'],
  [{ code: 1, output: /on purpose/ }, "throw new Error('on purpose')"],
  [{ code: 1, output: /on purpose/ }, "setTimeout(() => { throw new Error('on purpose') })"],
  [{ signal: 'SIGTERM' }, "console.log('READY'); await new Promise(() => {})", 'SIGTERM'],
  [{ code: 3, output: /READY/ }, "process.once('SIGTERM', () => process.exit(3)); console.log('READY')", 'SIGTERM'],
]

export const exits = {
  times: 200,
  short: 5,
  async run(times) {
    for (let i = 0; i < times; i++) {
      const [wanted, last, signal] = ways[i % ways.length]
      await ends(wanted, `${run(1 + (i % 3))}; ${last}`, { signal })
    }
    return `${times} processes ended in the middle of a run: process.exit, errors that nobody caught, SIGTERM with and without a listener`
  },
}
