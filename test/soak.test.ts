import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// The short forms of `npm run soak`; those of exits, kill and drop are in process.test.ts.

const run = promisify(execFile)
const suite = fileURLToPath(new URL('soak/run.js', import.meta.url))

test.for(['workers', 'steps', 'door', 'fork', 'external', 'cgroup'])('%s', async (name, context) => {
  const { stdout } = await run('node', [suite, name, 'short'])
  if (stdout.includes('not possible here')) context.skip(stdout)
  expect(stdout).toMatch(RegExp(`^${name}: .* s\n$`))
})
