// `sequential` and `graph` of models whose fits write every gradient before the update reads it: an option of engines, of no model.
import { chain, graphOf } from '../../dist/graph.js'
import { initialise } from '../../dist/initialise.js'
import { Learner } from '../../dist/learner.js'
import { Model } from '../../dist/model.js'
import { nativeEngine } from '../../dist/native.js'

export const sequential = ({ inputs, dtype = 'f32', seed }, layers) => unfused(chain(inputs, dtype, layers), seed)
export const graph = ({ inputs, dtype = 'f32', seed }, nodes) => unfused(graphOf(inputs, dtype, nodes), seed)

function unfused(spec, seed) {
  const engine = nativeEngine(spec, initialise(spec, seed), seed)
  const train = (data, job, onEvent) => engine.train(data, { ...job, fused: false }, onEvent)
  return new Model(new Learner(spec, seed, 0, { ...engine, train }))
}
