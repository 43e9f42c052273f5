import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Does some work while no other process does any under the same lock: a folder that holds one file, named by the process at work. It is
 * taken by a rename, which an occupied folder refuses; a file that a dead process left behind is removed by its name, so that nobody
 * removes the lock of a third.
 */
export async function locked(folder, work) {
  mkdirSync(dirname(folder), { recursive: true })
  for (let told = false; !take(folder); told = true) {
    const holder = holderOf(folder)
    if (!told && holder) console.log(`setup: waiting for process ${holder}, which sets up here too`)
    await sleep(100)
  }
  try {
    return await work()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function take(folder) {
  const mine = `${folder}-${process.pid}`
  mkdirSync(mine, { recursive: true })
  writeFileSync(join(mine, `${process.pid}`), '')
  try {
    renameSync(mine, folder)
    return true
  } catch {
    rmSync(mine, { recursive: true, force: true })
    return false
  }
}

/** Who holds the lock, or nobody; then it is free. */
function holderOf(folder) {
  try {
    const [holder] = readdirSync(folder)
    if (holder && alive(Number(holder))) return holder
    if (holder) rmSync(join(folder, holder))
    // Systems differ in whether a rename replaces an empty folder.
    rmdirSync(folder)
  } catch {
    // Someone was faster: whoever it is, the next try tells.
  }
}

function alive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
