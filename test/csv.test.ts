import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { type CsvOptions, csv } from '../src/csv.js'
import type { Dataset } from '../src/dataset.js'
import type { RavineError } from '../src/errors.js'
import type { CategoryColumn } from '../src/preparation.js'
import type { SparseRows } from '../src/sparse.js'

const folder = mkdtempSync(join(tmpdir(), 'ravine-csv-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function file(text: string | Uint8Array): string {
  const path = join(folder, `${files++}.csv`)
  writeFileSync(path, text)
  return path
}

const valuesOf = ({ preparation }: Dataset, column: number) => (preparation!.columns[column] as CategoryColumn).values

const read = (text: string | Uint8Array, options?: CsvOptions) => csv(file(text), options)

describe('reads', () => {
  it('numbers and a target, as they are', async () => {
    const data = await read('a,b,price\n1,2.5,10\n-3,4e2,20\n', { target: 'price' })
    expect(data).toMatchObject({ examples: 2, inputs: 2, outputs: 1, classes: undefined })
    expect(data.features).toEqual(Float32Array.of(1, 2.5, -3, 400))
    expect(data.targets).toEqual(Float32Array.of(10, 20))
    expect(data.preparation).toEqual({
      standardize: false,
      missing: 'error',
      columns: [
        { name: 'a', kind: 'number', mean: -1, std: 2 },
        { name: 'b', kind: 'number', mean: 201.25, std: 198.75 },
      ],
      target: { name: 'price', mean: 15, std: 5 },
    })
    expect(Object.isFrozen(data.preparation?.columns[0])).toBe(true)
  })

  it('names as a feature each, in order, and a target of names as classes', async () => {
    const data = await read('sea,kind\nnear,b\ninland,a\nnear,a\n', { target: 'kind' })
    expect([...(data.features as Float32Array)]).toEqual([0, 1, 1, 0, 0, 1])
    expect(data.labels).toEqual(Uint32Array.of(1, 0, 0))
    expect(data).toMatchObject({ classes: 2, outputs: 2, targets: undefined })
    expect(data.preparation).toMatchObject({
      columns: [{ name: 'sea', kind: 'category', values: ['inland', 'near'] }],
      target: { name: 'kind', values: ['a', 'b'] },
    })
  })

  it('codes as names, by value', async () => {
    const data = await read('zip,grade\n10,3\n9,1\n', { target: 'grade', classes: true, categories: ['zip'] })
    expect(data.preparation).toMatchObject({ columns: [{ values: ['9', '10'] }], target: { values: ['1', '3'] } })
    expect([[...(data.features as Float32Array)], [...data.labels!]]).toEqual([
      [0, 1, 1, 0],
      [1, 0],
    ])
  })

  it('many names as entries', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `${i},name${i % 30}`)
    const data = await read(`x,who\n${rows.join('\n')}\n`)
    const { offsets, indices, values } = data.features as SparseRows
    expect(data).toMatchObject({ inputs: 31, outputs: 0, examples: 50 })
    expect(offsets).toEqual(Uint32Array.from({ length: 51 }, (_, i) => 2 * i))
    const names = valuesOf(data, 1)
    expect([...indices.subarray(62, 64)]).toEqual([0, 1 + names.indexOf('name1')])
    expect([...values!.subarray(62, 64)]).toEqual([31, 1])
    expect(data.take(2).features).toMatchObject({ offsets: Uint32Array.of(0, 2, 4) })
  })

  it('quotes, doubled and with delimiters and newlines within; CRLF, CR, blanks, empty lines, a byte-order mark', async () => {
    const text = '\ufeff"a ""x"", y",b\r\n"1","say ""hi"",\r\nthere"\r\n\r\n 2 , plain \r3,5" pipe'
    const { preparation, features } = await read(text)
    expect(preparation?.columns).toMatchObject([
      { name: 'a "x", y' },
      { name: 'b', values: ['5" pipe', 'plain', 'say "hi",\r\nthere'] },
    ])
    expect([...(features as Float32Array)]).toEqual([1, 0, 0, 1, 2, 0, 1, 0, 3, 1, 0, 0])
  })

  it.each([
    ['a;b\n1;2,5\n', {}, ['a', 'b'], [1, 1]],
    ['a\tb\n1\t2\n', {}, ['a', 'b'], [1, 2]],
    ['a|b\n1|2\n', { delimiter: '|' }, ['a', 'b'], [1, 2]],
    ['1,2\n3,4\n', {}, ['column 1', 'column 2'], [1, 2, 3, 4]],
    ['2019,2020\n3,4\n', { header: true }, ['2019', '2020'], [3, 4]],
    ['x\n1\n', { header: false, categories: [0] }, ['column 1'], [0, 1, 1, 0]],
    [',b\n7,8\n', { header: true }, ['column 1', 'b'], [7, 8]],
    ['a,b,c,d\n1,2,3,4\n', { columns: ['c', 'a'] }, ['c', 'a'], [3, 1]],
    ['a,b,c,d\n1,2,3,4\n', { target: -1, ignore: [0, 'c'] }, ['b'], [2]],
  ] as [string, CsvOptions, string[], number[]][])('%j with %j', async (text, options, names, features) => {
    const data = await read(text, options)
    expect(data.preparation?.columns.map(({ name }) => name)).toEqual(names)
    expect([...(data.features as Float32Array)]).toEqual(features)
  })

  it('numbers that are the nearest of their type', async () => {
    const texts = ['0.1', '16777217', '1.0000000596046447754', '3.4028234e38', '1e-45', '-0', '.5', '5.', '+7', '1e5']
    const text = `x\n${texts.join('\n')}\n`
    const [single, double] = [await read(text), await read(text, { dtype: 'f64' })]
    expect(double.features).toEqual(Float64Array.from(texts, Number))
    const nearest = Float32Array.from(texts, Number)
    // Above the middle of 1 and the next by less than f64 tells.
    nearest[2] = 1 + 2 ** -23
    expect(single.features).toEqual(nearest)
  })

  it('what is missing by policy', async () => {
    const text = 'a,k,y\n1,u,1\n,v,2\n5,"",3\nNA,u,\n4,"NA",5\n'
    const dropped = await read(text, { target: 'y', missing: 'drop' })
    expect([...(dropped.features as Float32Array)]).toEqual([1, 0, 1, 4, 1, 0])
    const mean = await read(text, { target: 'y', missing: 'mean' })
    expect(mean.examples).toBe(4)
    const third = Math.fround(10 / 3)
    expect([...(mean.features as Float32Array)]).toEqual([1, 0, 1, 0, third, 0, 0, 1, 5, 0, 0, 0, 4, 1, 0, 0])
    expect(mean.preparation?.columns[0]).toMatchObject({ mean: 10 / 3 })
  })

  it('another file as the first', async () => {
    const options = { target: 'y', missing: 'mean', standardize: true } as const
    const { preparation } = await read('a,k,y\n1,u,10\n3,v,20\n', options)
    const text = 'k,extra,a\nv,9,\nw,9,7\n'
    const data = await read(text, { preparation })
    expect([...(data.features as Float32Array)]).toEqual([2, 0, 1, 7, 0, 0])
    expect(data).toMatchObject({ preparation, targets: undefined, outputs: 0 })
    await expect(read(text, { preparation, missing: 'error' })).rejects.toThrow(/line 2, column 'a'/)
    const strange = read('k,a\nw,1\n', { preparation, missing: 'error' })
    await expect(strange).rejects.toThrow(/one of the values that the column had before.*line 2.*'w'/)
    const answered = 'a,k,y\n1,u,5\n'
    expect((await read(answered, { preparation })).targets).toEqual(Float32Array.of(5))
    expect((await read(answered, { preparation, ignore: ['y'] })).targets).toBeUndefined()
    await expect(read('k\nv\n', { preparation })).rejects.toThrow(/expected a column 'a' in .* but received 'k'/)
    await expect(read(answered, { preparation, standardize: true })).rejects.toThrow(/without standardize/)
  })

  it('classes of another file as those of the first', async () => {
    const { preparation } = await read('a,y\n1,no\n2,yes\n', { target: 'y' })
    const data = await read('a,y\n1,yes\n', { preparation })
    expect(data).toMatchObject({ classes: 2, labels: Uint32Array.of(1) })
    await expect(read('a,y\n1,maybe\n', { preparation, missing: 'mean' })).rejects.toThrow(
      /line 2, column 'y'.*'maybe'/,
    )
  })

  it('while the event loop turns', async () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => `${i},${i / 7},${i % 13}`)
    const path = file(`a,b,c\n${rows.join('\n')}\n`)
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const { examples, features } = await csv(path)
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
    expect(examples).toBe(200_000)
    expect((features as Float32Array).subarray(-3)).toEqual(Float32Array.of(199_999, 199_999 / 7, 199_999 % 13))
  })
})

describe('refuses', () => {
  const texts: [what: string, text: string | Uint8Array, options: CsvOptions, says: RegExp][] = [
    ['an empty file', '', {}, /to have a line but received 'none'$/],
    ['a header alone', 'a,b\n', {}, /expected a row of data in .* but found none$/],
    ['rows that all are left out', 'a,b\n1,\n', { missing: 'drop' }, /expected a row of data/],
    ['a short row', 'a,b\n1,2\n\n3\n', {}, /expected 2 fields in line 4 of .*csv but received 1$/],
    ['a long row', 'a,b\n"x\ny",2\n3,4,5\n', {}, /expected 2 fields in line 4 of .*csv but received 3$/],
    ['text among numbers', 'a,b\n1,2\n1,x\ty\n', {}, /a number.*in line 3, column 'b', of .* received 'x\\ty'$/],
    ['a number beyond f32', 'a\n1\n1e39\n', {}, /a number.*line 3, column 'a'.*'1e39'$/],
    ['a first number beyond f32', 'a\n1e39\n', {}, /a number.*line 2, column 'a'.*'1e39'$/],
    ['what is infinite', 'a\n1\ninf\n', {}, /a number.*line 3.*'inf'$/],
    ['numbers too large for sums', 'a\n1e300\n-1e300\n', { dtype: 'f64' }, /deviation.*column 'a' of .*too large$/],
    ['a value that is missing', 'a,b\n1,\n', {}, /a value .*line 2, column 'b', of .* but received none$/],
    ['a column without values', 'a,b\n1,\n', { missing: 'mean' }, /at least one value.*column 'b' of .* found none$/],
    ['a quote that stays open', 'a,b\n1,2\n3,"x\n', {}, /the quote to be closed in line 3, column 'b'.* file ends/],
    ['text behind a quote', 'a,b\n1,"2"3\n', {}, /a delimiter behind the closing quote in line 2, column 'b'.*'3'$/],
    ['a NUL', 'a\nx\ny\0z\n', {}, /text in UTF-8 in line 3, column 'a'.*'y\\0z'$/],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), {}, /text in UTF-8 in line 1/],
    ['what is no UTF-8', Buffer.from('a\nx\n\xff\n', 'latin1'), {}, /text in UTF-8 in line 3, column 'a'/],
    ['a header that is no UTF-8', Buffer.from('\xe9,b\n1,2\n', 'latin1'), {}, /text in UTF-8 in line 1, column 1,/],
    ['two columns of one name', 'a,a\n1,2\n', {}, /columns of different names in .* 'a'$/],
  ]
  it.each(texts)('%s', async (_, text, options, says) => {
    const error: RavineError = await read(text, options).catch((error) => error)
    expect(error).toMatchObject({ name: 'RavineError', code: 'ERR_RAVINE_DATA' })
    expect(error.message).toMatch(/^csv: expected [^\n]*$/)
    expect(error.message).toMatch(says)
  })

  const options: [object, RegExp][] = [
    [{ target: 'prise' }, /target to name columns of .*, a, price, but received 'prise'; did you mean 'price'\?$/],
    [{ target: 2 }, /target to name columns .* but received 2$/],
    [{ columns: ['b'] }, /columns to name columns .* received 'b'/],
    [{ columns: ['price'], target: 1 }, /a column of .* besides the target/],
    [{ target: 0.5 }, /target to be the name of a column or its number but received 0.5/],
    [{ delimiter: ',,' }, /delimiter to be 'auto' or one character/],
    [{ delimiter: '"' }, /delimiter to be 'auto' or one character/],
    [{ missing: 'zero' }, /missing to be one of 'error', 'drop', 'mean'/],
    [{ standardise: true }, /did you mean 'standardize'/],
    [{ preparation: { columns: [] } }, /preparation: expected standardize to be true or false/],
    [{ preparation: { columns: [], standardize: true, missing: 'mean' } }, /at least one column/],
    [
      {
        preparation: { columns: [{ name: 'a', kind: 'number', mean: 0, std: 0 }], standardize: true, missing: 'mean' },
      },
      /columns\[0\]: expected std to be a finite number > 0 but received 0/,
    ],
  ]
  it.each(options)('%j', async (options, says) => {
    const error: RavineError = await read('a,price\n1,2\n', options as CsvOptions).catch((error) => error)
    expect(error).toMatchObject({ code: 'ERR_RAVINE_HYPERPARAMETER' })
    expect(error.message).toMatch(says)
  })

  it('what is no file that can be read', async () => {
    const nowhere = join(folder, 'nowhere.csv')
    await expect(csv(nowhere)).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE', message: /expected to read .*nowhere/ })
    await expect(csv(folder)).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
    // Root reads what it has no right to.
    if (process.platform === 'win32' || process.getuid?.() === 0) return
    const closed = file('a\n1\n')
    chmodSync(closed, 0)
    await expect(csv(closed)).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
  })

  it('a line without end, before it fills the memory', async () => {
    const path = join(folder, 'endless.csv')
    const opened = openSync(path, 'w')
    writeSync(opened, 'a,b\n')
    for (let i = 0; i < 100; i++) writeSync(opened, Buffer.alloc(1 << 20, 'x'))
    closeSync(opened)
    const { rss } = process.memoryUsage()
    const refusal = { code: 'ERR_RAVINE_DATA', message: /at most 16777216 bytes in line 2 of .* but it has more/ }
    await expect(csv(path)).rejects.toMatchObject(refusal)
    expect(process.memoryUsage().rss - rss).toBeLessThan(64 << 20)
  })
})

/** An independent reading: character by character, the whole text at once. */
function oracle(text: string, delimiter: string): string[][] {
  const rows: string[][] = [['']]
  let [quoted, behind] = [false, false]
  for (let i = 0; i < text.length; i++) {
    const [c, row] = [text[i], rows[rows.length - 1]]
    if (quoted && c === '"' && text[i + 1] === '"') row[row.length - 1] += text[++i]
    else if (quoted && c === '"') [quoted, behind] = [false, true]
    else if (quoted) row[row.length - 1] += c
    else if (c === '"' && row[row.length - 1] === '' && !behind) quoted = true
    else if (c === delimiter) {
      row.push('')
      behind = false
    } else if (c === '\n' || c === '\r') {
      if (c === '\r' && text[i + 1] === '\n') i++
      rows.push([''])
      behind = false
    } else row[row.length - 1] += c
  }
  return rows.filter((row) => row.length > 1 || row[0] !== '')
}

const name = fc
  .string({ unit: fc.constantFrom(...'ab", ;\n\r\té0'), minLength: 1, maxLength: 6 })
  .map((text) => `x${text}x`)
const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
const table = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t'),
  newline: fc.constantFrom('\n', '\r\n', '\r'),
  end: fc.boolean(),
  rows: fc.array(fc.tuple(fc.double({ noNaN: true, min: -1e100, max: 1e100 }), name, fc.integer()), {
    minLength: 1,
    maxLength: 12,
  }),
})

it('says of any file what a slow reader says of it', async () => {
  await fc.assert(
    fc.asyncProperty(table, async ({ delimiter, newline, end, rows }) => {
      const lines = [['n', 'k', 'y'], ...rows.map(([x, text, y]) => [String(x), quote(text), quote(String(y))])]
      const text = lines.map((line) => line.join(delimiter)).join(newline) + (end ? newline : '')
      const data = await read(text, { target: 'y', dtype: 'f64' })
      const [, ...expected] = oracle(text, delimiter)
      const values = valuesOf(data, 1)
      const row = (at: number) => {
        const { features } = data.take(at + 1)
        return features instanceof Float64Array ? features.subarray(-data.inputs) : entriesOf(features as SparseRows)
      }
      const entriesOf = ({ offsets, indices, values }: SparseRows) => {
        const dense = new Float64Array(data.inputs)
        for (let i = offsets[offsets.length - 2]; i < indices.length; i++) dense[indices[i]] = values![i]
        return dense
      }
      expect(values).toEqual(
        [...new Set(expected.map(([, k]) => k))].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      )
      expected.forEach(([x, k, y], i) => {
        expect([...row(i)]).toEqual([Number(x), ...values.map((value) => Number(value === k))])
        expect(data.targets![i]).toBe(Number(y))
      })
    }),
    { numRuns: 60 },
  )
})
