// Node ≥ 20.19 and ≥ 22.12 give ES modules to require(); older ones say what to do instead.
try {
  const native = require('ravine/native')
  const refused = refusalOf(native)
  // The classes are those of what has refused before they came.
  const { RavineError, matmul, version } = require('ravine')
  if (refused.constructor !== RavineError || !(refused instanceof RavineError)) throw new Error('another RavineError')
  const product = matmul(Float32Array.of(2), Float32Array.of(3), { m: 1, k: 1, n: 1 })
  if (product[0] !== 6 || new RavineError('ERR_RAVINE_SHAPE', '').code !== 'ERR_RAVINE_SHAPE') throw new Error('6')
  console.log(JSON.stringify({ required: version }))
} catch (error) {
  if (error.code !== 'ERR_REQUIRE_ESM') throw error
  console.log(JSON.stringify({ refused: error.message.split('\n')[1] }))
}

function refusalOf({ matmul }) {
  try {
    matmul(Float32Array.of(2), Float32Array.of(3), { m: 2, k: 1, n: 1 })
  } catch (error) {
    return error
  }
}
