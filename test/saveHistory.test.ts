import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digits } from '../src/digits.js'
import type { HistoryEntry } from '../src/history.js'
import { dense } from '../src/layers.js'
import { sgd } from '../src/optimizers/sgd.js'
import { saveHistory } from '../src/saveHistory.js'
import { sequential } from '../src/sequential.js'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ravine-history-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

test('is read back as it was', async () => {
  const { train, test } = digits({ examples: 60, seed: 1 })
  const model = sequential({ inputs: 784, backend: 'reference' }, [dense(10)])
  const optimizer = sgd({ learningRate: 0.1 })
  const history = await model.fit(train, { optimizer, epochs: 2, validation: test, metrics: ['accuracy', 'f1'] })
  await saveHistory(join(directory, 'run.json'), history)
  expect(JSON.parse(readFileSync(join(directory, 'run.json'), 'utf8'))).toEqual([...history])
  await saveHistory(join(directory, 'run.CSV'), history)
  const [head, ...rows] = readFileSync(join(directory, 'run.CSV'), 'utf8').trimEnd().split('\r\n')
  const read = rows.map((row) =>
    Object.fromEntries(row.split(',').map((cell, i) => [head.split(',')[i], Number(cell)])),
  )
  expect(read).toEqual([...history])
})

test('tables have a column for whatever any epoch tells, and quotes where they have to', async () => {
  const history = [
    {
      epoch: 1,
      loss: 0.5,
      validationConfusionMatrix: [
        [1, 2],
        [3, 4],
      ],
    },
    { epoch: 2, loss: NaN, validationOwn: 'a "b", c' },
  ] as unknown as HistoryEntry[]
  const path = join(directory, 'table.csv')
  await saveHistory(path, history)
  expect(readFileSync(path, 'utf8')).toBe(
    'epoch,loss,validationConfusionMatrix,validationOwn\r\n' + '1,0.5,"[[1,2],[3,4]]",\r\n' + '2,NaN,,"a ""b"", c"\r\n',
  )
  await saveHistory(path, [])
  expect(readFileSync(path, 'utf8')).toBe('\r\n')
})

test('nonsense is refused, and nothing written', async () => {
  const at = (name: string) => join(directory, name)
  const before = readdirSync(directory)
  await expect(saveHistory(at('run.txt'), [])).rejects.toThrow(/path to end in .csv or .json but received '.*run.txt'/)
  await expect(saveHistory(3 as never, [])).rejects.toThrow(/path to be a string/)
  await expect(saveHistory(at('a.csv'), [3] as never)).rejects.toThrow(/history to be a history, an array of entries/)
  await expect(saveHistory(at('no/a.csv'), [])).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
  expect(readdirSync(directory)).toEqual(before)
  expect(existsSync(at('a.csv'))).toBe(false)
})
