import { expect, test } from 'vitest'
import { fromJSON } from '../src/fromJSON.js'
import * as ravine from '../src/index.js'
import { dense } from '../src/layers.js'
import { sequential } from '../src/sequential.js'
import { modelsOf } from './foreign/networks.js'

test.each(modelsOf(ravine, { dtype: 'f64' }).map(({ name, model }) => [name, model] as const))(
  'a model of %s is made again of its text and of its data',
  (_, model) => {
    for (const json of [JSON.stringify(model), model.toJSON()]) {
      const made = fromJSON(json, { seed: 4, backend: 'reference' })
      expect([made.spec, made.seed]).toEqual([model.spec, 4])
    }
  },
)

test('its parameters are those of a new model', () => {
  const model = sequential({ inputs: 3, seed: 7, backend: 'reference' }, [dense(2, 'relu'), dense(1)])
  const made = fromJSON(model.toJSON(), { seed: 7, backend: 'native' })
  expect(made.parameters()).toEqual(model.parameters())
})

test.each<[unknown, object, RegExp]>([
  ['{', {}, /fromJSON: expected the graph of a model in JSON but received '{'/],
  [undefined, {}, /the graph of a model in JSON/],
  ['null', {}, /spec: expected dtype/],
  ['[]', {}, /spec: expected dtype/],
  [{ dtype: 'f32', inputs: { features: 2 }, nodes: [], output: '0' }, {}, /expected/],
  [{ ...sequential({ inputs: 2 }, [dense(1)]).toJSON(), output: '7' }, {}, /a graph of layers/],
  [
    sequential({ inputs: 2 }, [dense(1)]).toJSON(),
    { dtype: 'f64' },
    /options among seed, backend, threads but received 'dtype'/,
  ],
])('refuses %o', (json, options, says) => {
  expect(() => fromJSON(json as never, options)).toThrow(says)
})
