import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { download } from '../src/download.js'
import { dense } from '../src/layers.js'
import { sequential } from '../src/sequential.js'

const disk = mkdtempSync(join(tmpdir(), 'ravine-full-'))

/** A disk of 256 KiB, where this machine lets us have one. */
function mounted(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'ravine-full', disk], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const has = process.platform === 'linux' && mounted()
afterAll(() => {
  if (has) execFileSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

describe.skipIf(!has)('on a full disk (skipped where tmpfs cannot be mounted)', () => {
  const refusal = { code: 'ERR_RAVINE_FILE', message: expect.stringContaining('ENOSPC') }

  test('a model that does not fit is not saved, and the one of before stays', async () => {
    const path = join(disk, 'model.safetensors')
    writeFileSync(path, 'before')
    const model = sequential({ inputs: 500, backend: 'reference' }, [dense(300)])
    await expect(model.save(path)).rejects.toMatchObject(refusal)
    expect(readFileSync(path, 'utf8')).toBe('before')
    expect(readdirSync(disk)).toEqual(['model.safetensors'])
    rmSync(path)
  })

  test('a download that does not fit leaves nothing', async () => {
    const server = createServer((_, response) => response.end(Buffer.alloc(1 << 20)))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const wanted = { url, path: join(disk, 'data.gz'), check: async () => undefined }
    await expect(download(wanted)).rejects.toMatchObject(refusal)
    expect(readdirSync(disk)).toEqual([])
    server.closeAllConnections()
    server.close()
  })
})
