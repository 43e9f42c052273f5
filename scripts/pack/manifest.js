import { manifest } from '../command.js'
import { packageOf, platforms } from '../platforms.js'

const { version } = manifest

/** package.json as it is published: without what developers need, with the package of each platform optional, in this very version. */
export function packedManifest() {
  const { private: _, scripts, devDependencies, napi, ...kept } = manifest
  const optionalDependencies = Object.fromEntries(platforms.map((platform) => [packageOf(platform), version]))
  return { ...kept, ...repository(), optionalDependencies }
}

/** npm compares it with the workflow that publishes, for provenance; elsewhere nobody asks. */
export function repository() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env
  return server && name ? { repository: { type: 'git', url: `git+${server}/${name}.git` } } : {}
}
