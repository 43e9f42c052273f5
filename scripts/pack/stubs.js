import { posix } from 'node:path'

// A module as it is packed: all that it exports, but as calls of what is behind, so that Node has next to nothing to compile at an import.

/** The text of the module at `path`: `exports` is what it exports, `name` the file that has its code. */
export function stubsOf(exports, name, path) {
  const way = posix.relative(posix.dirname(path), './dist/core.js')
  const lines = Object.entries(exports).map(([key, value]) => `export const ${key} = ${textOf(value, name, [key])}`)
  return [`import { classOf, core } from '${way.startsWith('.') ? way : `./${way}`}'`, '', ...lines, ''].join('\n')
}

/** A value as source text; functions and classes are what the module `name` has at their place. */
function textOf(value, name, place) {
  if (isClass(value)) return `classOf('${name}', '${place}')`
  if (typeof value === 'function') return callOf(value, `core('${name}').${place.join('.')}`)
  if (Object.getPrototypeOf(value) !== Object.prototype) return JSON.stringify(value)
  const fields = Object.entries(value).map(([key, field]) => `${key}: ${textOf(field, name, [...place, key])}`)
  return `{ ${fields.join(', ')} }`
}

/** With the operands that the function counts as its length; what promises, promises even where the core does not load. */
function callOf(value, code) {
  const operands = [...'abcdef'.slice(0, value.length), '...others'].join(', ')
  const promises = value.constructor.name === 'AsyncFunction' ? 'async ' : ''
  return `${promises}(${operands}) => ${code}(${operands})`
}

const isClass = (value) => typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
