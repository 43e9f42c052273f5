import { Failure, run } from '../command.js'

/** The crates of others that become part of the addon, on whatever platform, by name. */
export async function linked() {
  const tree = 'cargo tree --locked --package ravine-node --edges normal,no-proc-macro --target all --prefix none'
  const names = new Set((await printed(`${tree} --format {p}`)).split('\n').map((line) => line.split(' ', 2).join(' ')))
  const { packages } = JSON.parse(await printed('cargo metadata --locked --format-version 1'))
  const others = packages.filter(({ name, version, source }) => source && names.has(`${name} v${version}`))
  return others.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function printed(line) {
  const { ok, output } = await run(line)
  if (!ok) throw new Failure(output)
  return output
}
