"""Golden runs of Muon: writes muon.json beside itself, in float64 and in float32.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P muon.py

The rule of K. Jordan, "Muon" (kellerjordan.github.io/posts/muon), with the constants of muon.py of
github.com/KellerJordan/Muon at 857d1ad, written here in words of our own. For a weight W of r rows and c columns:

    m ← μm + (1−μ)g;  u = μm + (1−μ)g with Nesterov, else m
    X = u / (‖u‖ + 1e-7), transposed where r > c
    `steps` times:  A = XXᵀ;  B = −4.775·A + 2.0315·A²;  X ← 3.4445·X + BX
    W ← W − ηλW;  W ← W − η·s·X, transposed back;  s = √max(1, r/c)

Both their code and torch.optim.Muon round X to bfloat16 on its way through the iteration, which is for the tensor cores of
a GPU and leaves two digits. These numbers go the whole way in float64, or in float32. Jordan's code without that one
rounding gives them within 1e-14; as they are, both stay within 0.15·η of these weights after the six steps.

`adjust` says what s is: 'original' as above, 'matchRmsAdamW' 0.2·√max(r, c), PyTorch's 'match_rms_adamw'. A case has
the gradients of each step, the options in ravine's words, and after each step the weight and the velocity m; matrices lie
row by row. Numbers of float32 runs are written by their shortest decimals.
"""

import json
import re
from importlib.metadata import version
from pathlib import Path

import numpy

ADJUST = dict(original=lambda rows, columns: max(1, rows / columns) ** 0.5,
              matchRmsAdamW=lambda rows, columns: 0.2 * max(rows, columns) ** 0.5)


def orthogonal(matrix, count):
    """Nearly UVᵀ of a matrix USVᵀ: its singular values all come near 1."""
    if matrix.shape[0] > matrix.shape[1]:
        return orthogonal(matrix.T, count).T
    kind = matrix.dtype.type
    a, b, c = map(kind, [3.4445, -4.775, 2.0315])
    x = matrix / (numpy.linalg.norm(matrix) + kind(1e-7))
    for _ in range(count):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x


def steps(start, gradients, learningRate, momentum, nesterov, weightDecay, steps, adjust):
    weight, velocity, kind = start, numpy.zeros_like(start), start.dtype.type
    rate = learningRate * ADJUST[adjust](*start.shape)
    for gradient in gradients:
        velocity = kind(momentum) * velocity + kind(1 - momentum) * gradient
        update = kind(momentum) * velocity + kind(1 - momentum) * gradient if nesterov else velocity
        weight = weight - kind(learningRate * weightDecay) * weight
        weight = weight - kind(rate) * orthogonal(update, steps)
        yield weight, velocity


MUON = dict(learningRate=0.02, momentum=0.95, nesterov=True, weightDecay=0.0, steps=5, adjust='original')
# Tall, wide, square, a row, a column, and sides that no vector width divides.
CASES = [
    ([4, 3], MUON), ([3, 5], MUON), ([3, 3], MUON), ([1, 4], MUON), ([4, 1], MUON), ([7, 17], MUON),
    ([6, 2], MUON | dict(weightDecay=0.125)), ([2, 6], MUON | dict(nesterov=False, momentum=0.8)),
    ([5, 2], MUON | dict(adjust='matchRmsAdamW', weightDecay=0.125)),
    ([2, 5], MUON | dict(adjust='matchRmsAdamW')), ([3, 2], MUON | dict(steps=3)),
]
COUNT = 6


def numbers(shape, seed):
    """A start and the gradients: signs change, one gradient has rank 1, one is zero, one dwarfs the others."""
    draw = numpy.random.default_rng(seed)
    start, *gradients = draw.integers(-256, 257, (COUNT + 1, *shape)) / 128
    gradients[1] = numpy.outer(gradients[1][:, 0], gradients[1][0])
    gradients[3] *= 0
    gradients[4] *= 64
    return [start, *gradients]


def flat(matrix):
    return [float(str(x)) + 0.0 for x in matrix.ravel()]


def case(seed, shape, options, dtype):
    start, *gradients = [matrix.astype(dict(f64='float64', f32='float32')[dtype]) for matrix in numbers(shape, seed)]
    weights, velocities = zip(*steps(start, gradients, **options))
    return dict(dtype=dtype, shape=shape, options=options, start=flat(start), gradients=[flat(g) for g in gradients],
                weights=[flat(w) for w in weights], velocities=[flat(v) for v in velocities])


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=0, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


if __name__ == '__main__':
    write(dict(versions=dict(numpy=version('numpy')),
               cases=[case(seed, *each, dtype) for dtype in ['f64', 'f32'] for seed, each in enumerate(CASES)]))
