// `sequential` of models whose fits write every gradient before the update reads it: an option of engines, of no model.
import { initialise } from '../../dist/initialise.js'
import { chain } from '../../dist/layers.js'
import { Learner } from '../../dist/learner.js'
import { Model } from '../../dist/model.js'
import { nativeEngine } from '../../dist/native.js'

export function sequential({ inputs, dtype = 'f32', seed }, layers) {
  const spec = chain(inputs, dtype, layers)
  const engine = nativeEngine(spec, initialise(spec, seed))
  const train = (data, job, onEvent) => engine.train(data, { ...job, fused: false }, onEvent)
  return new Model(new Learner(spec, seed, 0, { ...engine, train }))
}
