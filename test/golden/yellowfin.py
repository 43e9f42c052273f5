"""Golden runs of YellowFin: writes yellowfin.json beside itself, in float64.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P yellowfin.py

The rule of Zhang and Mitliagkas, "YellowFin and the art of momentum tuning" (arXiv 1706.03471), with the constants of the
authors' code, tuner_utils/yellowfin.py of github.com/JianGoForIt/YellowFin at 847d994, written here in words of our own.
That code itself gives these numbers within 1e-12, under TensorFlow 2.21 with float64 for its float32, and with the step
made to wait for the μ and η tuned in it, as the authors' PyTorch version does: TensorFlow is free to read those of the step
before, and did.

ĝ is an average debiased: a ← βa + (1−β)x, ĝ = a / (1 − βᵗ). In each step t, from 1, of the gradients of all parameters
together, T being √h_max of the step before (none in the first):

    g ← g · min(1, 10·T / ‖g‖)                          a guard of the statistics
    h_min, h_max = exp of the averages of log(least + ε), log(largest + ε) of ‖g‖² + ε in the last `window` steps
    C = max(ε, average of ‖g‖² − ‖average of g‖²)
    D = average of (average of ‖g‖ / (average of ‖g‖² + ε))
    p = (D + ε)²·(h_min + ε)² / (2·(C + ε));  w³ = −(√(p² + 4p³/27) + p) / 2;  x = 1 + w − p / (3·(w + ε))
    r = max(1 + ε, (h_max + ε) / (h_min + ε));  μ = max(x², ((√r − 1) / (√r + 1))²);  in the first step 0
    η = (1 − √μ)² / (h_min + ε) · min(1, t / (10·window));  in the first step 1
    g ← g · min(1, T / ‖g‖)
    v ← μv + g;  θ ← θ − learningRate·η·v

ε = 1e-6. A case has the gradients of each step, the options in ravine's words, and after each step the parameters, the
velocities, the tuned μ and η (without the factor learningRate), and the threshold √h_max.
"""

import json
import re
from importlib.metadata import version
from pathlib import Path

import numpy

EPSILON = 1e-6


class Average:
    """a ← βa + (1−β)x, and a / (1 − βᵗ)"""

    def __init__(self, beta):
        self.beta, self.value, self.steps = beta, 0.0, 0

    def of(self, x):
        self.steps += 1
        self.value = self.beta * self.value + (1 - self.beta) * x
        return self.value / (1 - self.beta ** self.steps)


def tuned_momentum(least, largest, variance, distance):
    p = (distance + EPSILON) ** 2 * (least + EPSILON) ** 2 / 2 / (variance + EPSILON)
    w = -((numpy.sqrt(p ** 2 + 4 / 27 * p ** 3) + p) / 2) ** (1 / 3)
    x = 1 + w - p / 3 / (w + EPSILON)
    ratio = numpy.sqrt(max(1 + EPSILON, (largest + EPSILON) / (least + EPSILON)))
    return max(x ** 2, ((ratio - 1) / (ratio + 1)) ** 2)


def steps(start, gradients, learningRate, beta, window):
    parameter, velocity = numpy.array(start), numpy.zeros(len(start))
    averages = {name: Average(beta) for name in ['square', 'gradient', 'norm', 'distance', 'least', 'largest']}
    recent, threshold = [], numpy.inf
    for step, gradient in enumerate(gradients, 1):
        gradient = numpy.array(gradient)
        gradient = gradient * min(1, 10 * threshold / numpy.linalg.norm(gradient))
        norm = numpy.linalg.norm(gradient)
        recent = [*recent, norm ** 2 + EPSILON][-window:]
        least = numpy.exp(averages['least'].of(numpy.log(min(recent) + EPSILON)))
        largest = numpy.exp(averages['largest'].of(numpy.log(max(recent) + EPSILON)))
        square = averages['square'].of(norm ** 2)
        variance = max(EPSILON, square - sum(averages['gradient'].of(gradient) ** 2))
        distance = averages['distance'].of(averages['norm'].of(norm) / (square + EPSILON))
        momentum, rate = 0.0, 1.0
        if step > 1:
            momentum = tuned_momentum(least, largest, variance, distance)
            rate = (1 - numpy.sqrt(momentum)) ** 2 / (least + EPSILON) * min(1, step / (10 * window))
        velocity = momentum * velocity + gradient * min(1, threshold / norm)
        parameter = parameter - learningRate * rate * velocity
        threshold = numpy.sqrt(largest)
        yield parameter, velocity, momentum, rate, threshold


def noisy(sizes, count, seed, scale):
    """Rows of gradients with noise, to four digits; scale says how large each step's are."""
    draw = numpy.random.default_rng(seed)
    drift = draw.standard_normal(sizes)
    return [((draw.standard_normal(sizes) + drift) * scale(step)).round(4).tolist() for step in range(count)]


def slowly(step):
    return 2.0 / (1 + step / 8)


def exploding(step):
    """Three outbreaks: one that the threshold clips, and two that the guard of the statistics does."""
    return {6: 3.0, 15: 400.0, 33: 1000.0}.get(step, 0.25)


def sparse(step):
    """Nearly nothing for a while: C and h fall to the size of ε."""
    return 1e-4 if 8 <= step < 20 else 0.5


CASES = [
    (dict(learningRate=1.0, beta=0.999, window=20), noisy(5, 40, 1, slowly)),
    (dict(learningRate=0.25, beta=0.9, window=20), noisy(5, 40, 2, exploding)),
    (dict(learningRate=1.0, beta=0.5, window=5), noisy(5, 40, 3, sparse)),
    (dict(learningRate=1.0, beta=0.99, window=1), noisy(5, 32, 4, slowly)),
]


def case(options, gradients):
    start = [1.0, -2.0, 0.5, 3.0, -0.25]
    parameters, velocities, momenta, rates, thresholds = zip(*steps(start, gradients, **options))
    return dict(options=options, start=start, gradients=gradients, momenta=[float(x) for x in momenta],
                learningRates=[float(x) for x in rates], thresholds=[float(x) for x in thresholds],
                parameters=[row.tolist() for row in parameters], velocities=[row.tolist() for row in velocities])


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=0, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


if __name__ == '__main__':
    write(dict(versions=dict(numpy=version('numpy')), cases=[case(*each) for each in CASES]))
