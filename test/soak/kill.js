import { killed } from '../process/kill.js'

// SIGKILL while checkpoints are written; the short form is a test of test/process.test.ts.

export const kill = {
  times: 1000,
  async run(times) {
    const { kills, writing, epochs, left, same } = await killed(times)
    const figures = `${kills} kills, ${writing} of them in the midst of writing; ${epochs} epochs, ${left} files left over`
    if (!same || left > 0) throw new Error(`${figures}: not all bits are those of a fit in peace`)
    return `${figures}; every checkpoint whole, all bits those of a fit in peace`
  },
}
