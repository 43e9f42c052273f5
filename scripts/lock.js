import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Does some work while no other process does any under the same lock: a folder that holds one file, named by the process at work. It is
 * taken by a rename, which an occupied folder refuses; what a dead process left behind is removed by its name, so that nobody takes away
 * the lock of a third.
 */
export async function locked(folder, work) {
  mkdirSync(dirname(folder), { recursive: true })
  for (let told = false; !take(folder); await sleep(100)) {
    const [holder] = namesIn(folder)
    if (holder && !alive(holder)) free(folder, holder)
    else if (holder && !told) told = !console.log(`setup: waiting for process ${holder}, which sets up here too`)
  }
  try {
    return await work()
  } finally {
    free(folder, process.pid)
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
    rmSync(mine, { recursive: true })
    return false
  }
}

function free(folder, holder) {
  rmSync(join(folder, `${holder}`), { force: true })
  try {
    rmdirSync(folder)
  } catch {
    // The next holder is in it already.
  }
}

function namesIn(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function alive(pid) {
  try {
    return process.kill(Number(pid), 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
