import { types } from 'node:util'
import { runInNewContext } from 'node:vm'

// What no caller should hand over. A `Scene` is what one call is given, and remembers what has to stay as it is.

/** What getters and traps of a caller throw: it has to come out as it is. */
export class Mine extends Error {}

const ALL = [
  Float32Array,
  Float64Array,
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
]

/** The memory of the arrays of one call. */
export class Scene {
  #memories = []

  /** Small numbers, in memory that is watched. */
  numbers(Type, length) {
    return this.over(new ArrayBuffer((length + 1) * Type.BYTES_PER_ELEMENT), Type, length)
  }

  /** Likewise over given memory. */
  over(memory, Type, length) {
    this.#memories.push(memory)
    const array = new Type(memory, 0, length)
    for (let i = 0; i < length; i++) array[i] = (i * 7) % 3
    return array
  }

  /** The bytes of all memory that can be read. */
  snapshot() {
    return this.#memories.map((memory) => (isGone(memory) ? undefined : Buffer.from(new Uint8Array(memory).slice())))
  }

  /** Whether all are as they were that can still be read, but for memory that may have been written. */
  isAs(before, written) {
    const memories = written.map(memoryOf)
    return this.#memories.every(
      (memory, i) =>
        memories.includes(memory) || isGone(memory) || !before[i] || before[i].equals(new Uint8Array(memory)),
    )
  }

  /** Takes the memory away under all arrays. */
  detach() {
    for (const memory of this.#memories) detach(memory)
  }
}

const { get: bufferOf } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'buffer')

/** Of an array, whatever has been written over its properties. */
const memoryOf = (value) => (types.isTypedArray(value) ? bufferOf.call(value) : undefined)

function isGone(memory) {
  try {
    return new Uint8Array(memory).length < 0
  } catch {
    return true
  }
}

function detach(memory) {
  if (memory instanceof ArrayBuffer && !isGone(memory)) structuredClone(memory, { transfer: [memory] })
}

const throwing = new Proxy(
  {},
  {
    get: () => () => {
      throw new Mine('trap')
    },
  },
)
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
class Derived extends Float32Array {
  static get [Symbol.species]() {
    throw new Mine('species')
  }
}

/** Values by themselves. */
const values = [
  ...[undefined, null, true, false, '', 'relu', 'toString', '__proto__', 'constructor', '3', Symbol('mine'), 3n],
  ...[Number.NaN, Infinity, -Infinity, -1, -0, 0, 1, 2, 3, 5, 0.5, 1.5, 5e-324, 1e308, 2 ** 40, 2 ** 53, -(2 ** 31)],
].map((value) => () => value)

const objects = [
  () => ({}),
  () => [],
  () => [1, 2, 3],
  () => [[0, Number.NaN]],
  () => Object.create(null),
  () => ({ length: 6 }),
  () => ({ length: 2 ** 53 }),
  () => ({ length: -1, 0: 1 }),
  () => ({ valueOf: () => 2, toString: () => 'relu' }),
  () => ({ shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }),
  () => ({ offsets: [0, 1], indices: [2 ** 40] }),
  () => JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
  () => new Map([['0.weight', new Float32Array(1)]]),
  () => new Set([1]),
  () => new Date(Number.NaN),
  () => Promise.resolve(6),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(8),
  () => new SharedArrayBuffer(8),
  () => new BigInt64Array(6),
  () => Buffer.from('six six'),
  () => () => 2,
  () => async () => {
    throw new Mine('async')
  },
  () => class {},
  () => new Proxy({}, throwing),
  () => new Proxy([], throwing),
  () => new Proxy(() => 1, throwing),
  () => new Proxy(new Float32Array(6), {}),
  revoked,
]

const isArray = (value) => ArrayBuffer.isView(value) && !(value instanceof DataView)

/** Another array with as many numbers. */
const asArray = (make) => (scene, value, others) => (isArray(value) ? make(scene, value, others) : value)

const forged = (name, lie) =>
  asArray((_, array) => Object.defineProperty(array, name, { value: lie(array), configurable: true }))

/** What becomes of an array. */
const arrays = [
  asArray((scene, { constructor: Type, length }) => scene.over(new SharedArrayBuffer(8 * length + 8), Type, length)),
  asArray((scene, { constructor: Type, length }) =>
    scene.over(new ArrayBuffer(8 * length + 8, { maxByteLength: 1024 }), Type, length),
  ),
  asArray((scene, { constructor: Type, length }) => {
    const memory = new ArrayBuffer(length * Type.BYTES_PER_ELEMENT, { maxByteLength: 1024 })
    scene.over(memory, Type, length)
    return new Type(memory)
  }),
  asArray((scene, { constructor: Type, length }) => {
    const memory = new ArrayBuffer(8 * length + 8, { maxByteLength: 1024 })
    const array = scene.over(memory, Type, length)
    memory.resize(1)
    return array
  }),
  asArray((_, array) => {
    detach(array.buffer)
    return array
  }),
  asArray((_, array) => Object.seal(array)),
  asArray((_, array) => Object.preventExtensions(array)),
  asArray((_, array) => Object.freeze(array.subarray(0, 0))),
  asArray((_, array) => Object.setPrototypeOf(array, null)),
  asArray((_, array) => Object.setPrototypeOf(array, Array.prototype)),
  asArray((_, array) => Object.setPrototypeOf(array, Derived.prototype)),
  asArray((_, array) => array.subarray(1)),
  asArray((_, array) => array.fill(Number.NaN)),
  asArray((_, array) => array.fill(-1e300)),
  asArray((_, array) => array.fill(255)),
  asArray((_, { length }) => runInNewContext(`new Float32Array(${Math.max(length, 0)}).fill(1)`)),
  asArray((_, array) => new Proxy(array, {})),
  asArray((_, array) => new Proxy(array, throwing)),
  asArray((_, array) => Array.from(array)),
  asArray((_, { length }) => new Derived(Math.max(length, 0))),
  ...ALL.map((Type) => asArray((scene, { length }) => scene.numbers(Type, length))),
  // What another argument has: arrays that meet.
  (_, value, others) => others.find((other) => isArray(other) && other !== value) ?? value,
  (_, value, others) => {
    const other = others.find((one) => isArray(one) && one !== value && one.constructor === value?.constructor)
    return other && isArray(value)
      ? new other.constructor(other.buffer, other.byteOffset, Math.min(value.length, other.length))
      : value
  },
  forged('length', () => 1000),
  forged('length', () => -1),
  forged('length', ({ length }) => length),
  forged('buffer', () => new ArrayBuffer(64)),
  forged('buffer', () => undefined),
  forged('byteOffset', () => 1 << 20),
  forged('byteLength', () => 0),
  forged('constructor', () => Object),
  forged('constructor', () => undefined),
  forged('findIndex', () => () => -1),
  forged('subarray', () => () => new Float32Array(1)),
  forged('set', () => () => undefined),
  forged(Symbol.iterator, () => undefined),
  forged(Symbol.toStringTag, () => 'Float64Array'),
  asArray((_, array) =>
    Object.defineProperty(array, 'length', {
      get: () => {
        throw new Mine('length')
      },
    }),
  ),
]

/** (scene, value, other values) → what is given in its place. */
export const twists = [...values, ...objects, ...arrays]

/** What becomes of an option: `replace` it, or let a getter lie, throw, or take memory away. */
export const manners = {
  replace: (_, options, name, value) => define(options, name, { value, enumerable: true }),
  throws: (_, options, name) =>
    get(options, name, () => {
      throw new Mine(name)
    }),
  /** The second time it is read. */
  lies: (_, options, name, value) => {
    const [before, reads] = [options[name], [0]]
    return get(options, name, () => (reads[0]++ === 0 ? before : value))
  },
  detaches: (scene, options, name) => {
    const before = options[name]
    return get(options, name, () => {
      scene.detach()
      return before
    })
  },
  inherits: (_, options, name, value) => {
    delete options[name]
    return Object.setPrototypeOf(options, { [name]: value })
  },
  wrapped: (_, options) => new Proxy(options, {}),
  trapped: (_, options) => new Proxy(options, throwing),
}

const define = (options, name, descriptor) =>
  Object.defineProperty(options, name, { ...descriptor, configurable: true })
const get = (options, name, get) => define(options, name, { get, enumerable: true })

/** Names that an options object should not have. */
export const strange = ['__proto__', 'constructor', 'toString', 'length', 'then', 'extra']
