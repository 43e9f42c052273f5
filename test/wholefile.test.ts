import { execFile } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeWhole } from '../src/wholefile.js'
import { child } from './child.js'

let directory: string
let path: string

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'ravine-whole-')))
  path = join(directory, 'model')
})
afterEach(() => rmSync(directory, { recursive: true }))

const write = (text: string, to = path) => writeWhole('save', to, [Buffer.from(text)])
const files = () => readdirSync(directory).sort()
const partials = () => files().filter((name) => name.endsWith('.partial'))
const run = promisify(execFile)
const cwd = fileURLToPath(new URL('..', import.meta.url))
const posix = process.platform !== 'win32'

/** A module that has `write(parts)`, which says how it went. */
const writer = (rest: string) => `
  import { writeWhole } from './dist/wholefile.js'
  const refusal = ({ code, message }) => console.log(code, message)
  const write = (parts) => writeWhole('save', ${JSON.stringify(path)}, parts).catch(refusal)
  ${rest}`

/** It comes to the end of its file never. */
const endless = () =>
  writer(`
  function* parts() {
    for (let i = 0; ; i++) {
      if (i === 1) console.log('READY')
      yield new Uint8Array(1)
    }
  }
  await write(parts())`)

describe('writes', () => {
  test('parts one after another, in the place of the file of before, and leaves nothing beside', async () => {
    await writeWhole(
      'save',
      path,
      ['a', '', 'b'].map((text) => Buffer.from(text)),
    )
    expect(readFileSync(path, 'utf8')).toBe('ab')
    await writeWhole('save', path, [])
    expect(readFileSync(path, 'utf8')).toBe('')
    expect(files()).toEqual(['model'])
  })

  test.runIf(posix)('a file with the rights of the one before, where a link leads', async () => {
    const link = join(directory, 'link')
    writeFileSync(path, 'old')
    chmodSync(path, 0o640)
    symlinkSync('model', link)
    await write('new', link)
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(statSync(path).mode & 0o777).toBe(0o640)
    expect(realpathSync(link)).toBe(path)
  })

  test('one of the files of those who write at once', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i).repeat(100_000 + i))
    const halves = (text: string) => [text.slice(0, 5), text.slice(5)].map((half) => Buffer.from(half))
    await Promise.all(texts.map((text) => writeWhole('save', path, halves(text))))
    expect(texts).toContain(readFileSync(path, 'utf8'))
    expect(files()).toEqual(['model'])
  })
})

describe('refuses, and the file of before stays,', () => {
  const refused = {
    name: 'RavineError',
    code: 'ERR_RAVINE_FILE',
    message: expect.stringMatching(/^save: expected to write /),
  }

  test('a directory that is not there, and a file in its place', async () => {
    writeFileSync(path, 'old')
    await expect(write('new', join(directory, 'none', 'model'))).rejects.toMatchObject(refused)
    await expect(write('new', join(path, 'model'))).rejects.toMatchObject(refused)
    expect(files()).toEqual(['model'])
  })

  test('what is no file', async () => {
    mkdirSync(path)
    await expect(write('new')).rejects.toThrow(`save: expected to write ${path} but it is no file`)
    if (posix) await expect(write('new', '/dev/null')).rejects.toThrow('it is no file')
    expect(files()).toEqual(['model'])
  })

  test('parts that cannot be had', async () => {
    writeFileSync(path, 'old')
    const parts = function* () {
      yield Buffer.from('new')
      throw new Error('no more')
    }
    await expect(writeWhole('save', path, parts())).rejects.toThrow('no more')
    expect([files(), readFileSync(path, 'utf8')]).toEqual([['model'], 'old'])
  })

  test.runIf(posix)('a full disk: files that may not grow', async () => {
    writeFileSync(path, 'old')
    const script = writer('await write([new Uint8Array(4096), new Uint8Array(1 << 20)])')
    const { stdout: output } = await run('bash', ['-c', 'ulimit -f 16; node --input-type=module -e "$0"', script], {
      cwd,
    })
    expect(output).toMatch(/ERR_RAVINE_FILE save: expected to write .* EFBIG/)
    expect([files(), readFileSync(path, 'utf8')]).toEqual([['model'], 'old'])
  })

  test.runIf(posix)('a directory that may not be written to', async () => {
    writeFileSync(path, 'old')
    chmodSync(directory, 0o555)
    // To the superuser every directory may be.
    const script = writer("if (process.getuid() === 0) process.setuid(65534); await write([Buffer.from('new')])")
    const { output } = await child(script)
    expect(output).toMatch(/ERR_RAVINE_FILE save: expected to write .* EACCES/)
    expect([files(), readFileSync(path, 'utf8')]).toEqual([['model'], 'old'])
    chmodSync(directory, 0o755)
  })
})

describe('processes', () => {
  test('that read meanwhile see one file or the other', async () => {
    writeFileSync(path, 'a')
    const script = writer(`
      for (let i = 0; i < 200; i++) await write(Array(5).fill(Buffer.alloc(30000, 'ab'[i % 2])))`)
    let [ended, seen] = [false, 0]
    const writers = Promise.all([child(script), child(script)]).finally(() => {
      ended = true
    })
    for (; !ended; seen++) {
      expect(readFileSync(path, 'utf8')).toMatch(/^(a|a{150000}|b{150000})$/)
      await setImmediate()
    }
    for (const { code, output } of await writers) expect([code, output]).toEqual([0, ''])
    expect(seen).toBeGreaterThan(1)
    expect(files()).toEqual(['model'])
  })

  test('that are killed leave the file of before, and to the next writer what is to be removed', async () => {
    writeFileSync(path, 'old')
    expect(await child(endless(), [], 'SIGKILL')).toMatchObject({ signal: 'SIGKILL' })
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(partials()).toHaveLength(1)
    await write('new')
    expect([files(), readFileSync(path, 'utf8')]).toEqual([['model'], 'new'])
  })

  test('that still write are left alone, and so are other files', async () => {
    const left = await leftover()
    const others = ['model.partial', 'model2', 'model.0123abcd-1-0123abcd.partial2']
    const stays = left.replace(/-\d+-/, `-${process.ppid}-`)
    const fresh = left.replace(/\.\w+-/, '.0123abcd-')
    const old = left.replace(/\.\w+-/, '.89abcdef-')
    const before = left.replace(/-\d+-/, `-${process.pid}-`)
    for (const name of [...others, stays, fresh, old, before]) writeFileSync(join(directory, name), '')
    const [yesterday, start] = [Date.now() / 1000 - 90_000, Date.now() / 1000 - process.uptime() - 1]
    utimesSync(join(directory, old), yesterday, yesterday)
    utimesSync(join(directory, before), start, start)
    await write('new')
    expect(files()).toEqual([...others, stays, fresh, 'model'].sort())
  })
})

/** The name of what a killed writer leaves. */
async function leftover(): Promise<string> {
  await child(endless(), [], 'SIGKILL')
  return partials()[0]
}
