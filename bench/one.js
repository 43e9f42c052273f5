import { cpuTime } from './cpus.js'
import { duration, percent } from './table.js'

// One bench in a process of its own: what V8 learnt from another one does not touch it.
const [name, rounds] = process.argv.slice(2)
const { default: bench } = await import(`./${name}.js`)
const others = otherWork()
const start = performance.now()
await bench(Number(rounds))
const seconds = (performance.now() - start) / 1000
console.log(`\n${name}: ${duration(seconds)}; other processes took ${percent(others())} of the CPUs`)

/** Starts watching the CPUs; the answer is the part of their time that other processes have had since. */
function otherWork() {
  const [before, mine] = [cpuTime(), process.cpuUsage()]
  return () => {
    const after = cpuTime()
    const { user, system } = process.cpuUsage(mine)
    const busy = after.busy - before.busy - (user + system) / 1000
    return Math.max(0, busy / (after.total - before.total))
  }
}
