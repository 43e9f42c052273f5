import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as ravine from 'ravine'
import { ends } from './child.js'
import { copied } from './copied.js'
import { trained } from './trains.js'

// Electron and other hosts with a memory cage refuse buffers whose memory is not their own, and addons have to copy. Here a copy of the
// addon asks somebody else for its buffers: a library of one function, which refuses.

const [asked, refusing] = ['napi_create_external_arraybuffer', 'ravine_refuse_external_buffers__']
/** napi_no_external_buffers_allowed */
const library = `#include <unistd.h>
int ${refusing}(void) { return write(2, "refused\\n", 8) == 8 ? 22 : 9; }`

/** Lets the addon import the one name for the other; both have 32 letters. */
function redirect(file) {
  const addon = readFileSync(file)
  const place = addon.indexOf(`\\0${asked}\\0`.replaceAll('\\0', '\0'))
  if (place < 0) throw new Error(`expected an import of ${asked} in ${file}`)
  if (addon.includes('napi_create_external_buffer\0')) throw new Error('expected no other import of external buffers')
  addon.write(refusing, place + 1, 'latin1')
  writeFileSync(file, addon)
}

/** A compiler for the library, or the sentence that says what is missing. */
export function compiled(directory) {
  const [source, made] = [join(directory, 'refuse.c'), join(directory, 'refuse.so')]
  writeFileSync(source, library)
  execFileSync('cc', ['-shared', '-fPIC', '-o', made, source])
  return made
}

export const external = {
  times: 20,
  short: 1,
  /** Whether it can be run: there is a C compiler, and names of imports are those of ELF. */
  possible() {
    try {
      execFileSync('cc', ['--version'], { stdio: 'ignore' })
      return process.platform === 'linux'
    } catch {
      return false
    }
  },
  async run(times) {
    const directory = mkdtempSync(join(tmpdir(), 'ravine-external-'))
    try {
      const [entry, env] = [copied(directory), { ...process.env, LD_PRELOAD: compiled(directory) }]
      const addon = readdirSync(join(directory, 'native')).find((name) => name.endsWith('.node'))
      redirect(join(directory, 'native', addon))
      const script = `
        import * as ravine from ${JSON.stringify(pathToFileURL(entry).href)}
        import { trained } from './test/soak/trains.js'
        for (let i = 0; i < ${times}; i++) { console.log(await trained(ravine)); globalThis.gc() }`
      const output = await ends({ code: 0 }, script, { env, flags: ['--expose-gc'] })
      const [wanted, lines] = [await trained(ravine), output.trim().split('\n')]
      const [copies, hashes] = [lines.filter((line) => line === 'refused'), lines.filter((line) => line !== 'refused')]
      if (copies.length === 0) throw new Error('expected buffers to be asked for')
      if (hashes.length !== times || hashes.some((hash) => hash !== wanted))
        throw new Error(`expected ${wanted} but came:\n${output}`)
      return `${copies.length} external buffers refused, all copied: the bits of ${times} trainings are the same`
    } finally {
      rmSync(directory, { recursive: true })
    }
  },
}
