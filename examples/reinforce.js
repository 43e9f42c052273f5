// A cart learns to balance a pole by policy gradient: REINFORCE (Williams 1992) with momentum and a baseline.
// The cart is that of Barto, Sutton and Anderson 1983: pushed left or right, it loses when the pole leans by 12° or the track ends.
// Another seed is another run: `npm run example reinforce 2`.
import { dense, sequential, sgd } from 'ravine'

const seed = Number(process.argv[2] ?? 1)

// Park and Miller's generator: the same numbers in (0, 1) in every run of a seed.
let place = (seed * 48271) % 2147483647
const random = () => {
  place = (place * 16807) % 2147483647
  return place / 2147483647
}

/** The state [x, ẋ, θ, θ̇] 0.02 s later: cart 1 kg, pole 0.1 kg and 0.5 m to its middle, push ±10 N, without friction. */
function pushed([x, speed, angle, turn], push) {
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)]
  const drive = (push + 0.05 * turn ** 2 * sin) / 1.1
  const turning = (9.8 * sin - cos * drive) / (0.5 * (4 / 3 - (0.1 * cos ** 2) / 1.1))
  const driving = drive - (0.05 * turning * cos) / 1.1
  return [x + 0.02 * speed, speed + 0.02 * driving, angle + 0.02 * turn, turn + 0.02 * turning]
}
const stands = ([x, , angle]) => Math.abs(x) < 2.4 && Math.abs(angle) < Math.PI / 15

const model = sequential({ inputs: 4, seed }, [dense(32, 'tanh'), dense(2)])
const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })

const [now, logits] = [new Float32Array(4), new Float32Array(2)]
/** The probability of a push to the right. */
function right(state) {
  now.set(state)
  model.predictSync(now, { out: logits })
  return 1 / (1 + Math.exp(logits[0] - logits[1]))
}

/** The states of an episode and what was done in each; a reward of 1 for each of at most 200 steps. */
function episode() {
  const [states, actions] = [[], []]
  for (let state = [0, 0, 0, 0].map(() => 0.1 * random() - 0.05); stands(state) && states.length < 200; ) {
    const action = random() < right(state) ? 1 : 0
    states.push(state)
    actions.push(action)
    state = pushed(state, action ? 10 : -10)
  }
  return { states, actions }
}

/** What was still to come at each step, discounted. */
function returnsOf(steps) {
  const returns = new Float64Array(steps)
  for (let t = steps - 1; t >= 0; t--) returns[t] = 1 + 0.99 * (returns[t + 1] ?? 0)
  return returns
}

/** Raises the probability of actions after which more came than was to be expected: the baseline of a time is the mean of all episodes. */
function learn(episodes) {
  const each = episodes.map(({ states }) => returnsOf(states.length))
  const baseline = (t) => each.reduce((sum, returns) => sum + (returns[t] ?? 0), 0) / each.length
  const baselines = Float64Array.from({ length: 200 }, (_, t) => baseline(t))
  const advantages = each.flatMap((returns) => [...returns].map((value, t) => value - baselines[t]))
  const spread = Math.sqrt(advantages.reduce((sum, value) => sum + value ** 2, 0) / advantages.length)
  const features = Float32Array.from(episodes.flatMap(({ states }) => states.flat()))
  const labels = episodes.flatMap(({ actions }) => actions)
  // What was done better than expected is a class to be answered, what was done worse one not to be: its weight is negative.
  const exampleWeights = advantages.map((value) => value / (spread + 1))
  model.step({ features, labels }, { loss: 'crossEntropy', optimizer, exampleWeights })
}

const last = []
console.log('episodes  mean return of the last 100')
for (let count = 10; count <= 5000; count += 10) {
  const episodes = Array.from({ length: 10 }, episode)
  last.push(...episodes.map(({ states }) => states.length))
  learn(episodes)
  const mean = last.slice(-100).reduce((sum, steps) => sum + steps, 0) / 100
  const solved = count >= 100 && mean >= 195
  if (count % 100 === 0 || solved) console.log(String(count).padStart(8) + mean.toFixed(1).padStart(12))
  if (solved) break
}
