import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'
import { root } from '../command.js'

/** Serves packages as npm's registry would, on this machine alone; it knows no others. → { url, close } */
export async function registryOf(packages) {
  const server = createServer(({ url }, response) => {
    const path = decodeURIComponent(url)
    const { filename } = packages.find(({ filename }) => filename === basename(path)) ?? {}
    if (filename) return response.end(readFileSync(join(root, 'packed', filename)))
    const found = packages.find(({ name }) => path === `/${name}`)
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ? packument(found, origin()) : { error: 'Not found' }))
  })
  const origin = () => `http://127.0.0.1:${server.address().port}/`
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return { url: origin(), close: () => server.close() }
}

/** What npm asks of a package: its versions, here one. */
function packument({ name, version, filename, integrity, folder }, origin) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const dist = { tarball: `${origin}${filename}`, integrity }
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }
}
