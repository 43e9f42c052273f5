import { createRequire } from 'node:module'

// Becomes dist/core.js, which all stubs share: it loads the code behind them when it is first needed.

const require = createRequire(import.meta.url)
const loaded = new Map()
const waiting = []

/** What the module of that name exports. */
export const core = (name) => loaded.get(name) ?? load(name)

function load(name) {
  loaded.set(name, codeOf(name))
  for (const settle of waiting.splice(0)) settle()
  return loaded.get(name)
}

function codeOf(name) {
  try {
    return require(`./${name}.cjs`)
  } catch (cause) {
    if (!/MODULE_NOT_FOUND$/.test(cause.code)) throw cause
    const sentence = `expected ${name}.cjs beside ${import.meta.url} but found none; bundlers are to leave ravine outside`
    throw new Error(`ravine: ${sentence} (external: ['ravine'])`, { cause })
  }
}

/** A class of that module, as far as anyone can tell: whatever is done to the stand-in loads the class and is done to it. */
export function classOf(module, name) {
  const find = () => core(module)[name]
  function target() {}
  Object.defineProperty(target, 'name', { value: name })
  const standIn = new Proxy(target, onto(find))
  const settled = () => settle(target, standIn, find())
  if (loaded.size > 0) settled()
  else waiting.push(settled)
  return standIn
}

/** Each trap that there is, done to what is found. */
function onto(find) {
  const traps = Object.getOwnPropertyNames(Reflect)
  return Object.fromEntries(traps.map((trap) => [trap, (_, ...operands) => Reflect[trap](find(), ...operands)]))
}

/** A proxy may say of its prototype that it stays only where that is the target's and stays there. */
function settle(target, standIn, { prototype }) {
  Object.defineProperty(target, 'prototype', { value: prototype, writable: false })
  prototype.constructor = standIn
}
