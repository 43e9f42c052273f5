"""Golden losses and their gradients: writes losses.json beside itself, in float64.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P losses.py
Made with torch 2.15.0, and optax 0.2.8 on jax 0.10.2 for what torch has not: logCosh and hinge; squaredHinge is its square.
Keras has these too, but takes their means in float32, of whatever type they are.

A case has the loss and its options in ravine's words, outputs [examples, outputs] of a network and what they should have
been (labels, or targets of the same shape), weights of the examples or null, the mean loss Σ weightᵢ·lossᵢ / examples, and
its gradient in the outputs. Among the outputs are exact answers, the two sides of each kink, and values far out.
"""

import json
import os
import re
from importlib.metadata import version
from pathlib import Path

os.environ |= {'JAX_ENABLE_X64': '1', 'JAX_PLATFORMS': 'cpu'}  # read at import

import jax
import numpy
import optax
import torch
from torch.nn import functional

torch.set_default_dtype(torch.float64)

REAL = [[0.5, -1.25, 2.0], [3.0, 0.0, -0.75], [-40.0, 25.0, 1.0], [1e-3, -1e-9, 0.25]]
NEAR = [[0.5, -1.0, 3.5], [3.0, 0.5, -2.0], [40.0, 24.0, 0.5], [0.0, 0.0, -0.25]]
SIGNS = [[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]
MARGINS = [[0.5, -1.25, 2.0], [3.0, 0.0, -0.75], [-40.0, 25.0, 0.5], [0.25, -2.0, 0.875]]
LABELS = [2, 0, 1, 2]
SHORT_OF = [0, 1, 2, 2]
PROBABILITIES = [[0.25, 0.25, 0.5], [1.0, 0.0, 0.0], [0.125, 0.625, 0.25], [0.0, 0.5, 0.5]]
UNITS = [[1.0, 0.0, 0.5], [0.0, 1.0, 0.25], [1.0, 1.0, 0.0], [0.125, 0.0, 1.0]]
COUNTS = [[1.0, 0.0, 4.0], [7.0, 2.0, 0.0], [0.0, 9.0, 1.0], [3.0, 0.0, 2.0]]
RATES = [[0.5, -1.25, 1.5], [2.0, 0.5, -3.0], [-30.0, 2.25, 0.0], [1.0, -0.5, 0.75]]
WEIGHTS = [2.0, 0.0, -0.5, 1.25]


def rowwise(loss):
    """Mean over the outputs of what a loss is elementwise."""
    return lambda y, t, options: loss(y, t, options).mean(1)


TORCH = dict(
    meanSquaredError=rowwise(lambda y, t, _: functional.mse_loss(y, t, reduction='none')),
    meanAbsoluteError=rowwise(lambda y, t, _: functional.l1_loss(y, t, reduction='none')),
    huber=rowwise(lambda y, t, o: functional.huber_loss(y, t, reduction='none', delta=o.get('delta', 1.0))),
    crossEntropy=lambda z, t, o: functional.cross_entropy(z, t, reduction='none',
                                                          label_smoothing=o.get('labelSmoothing', 0.0)),
    binaryCrossEntropy=rowwise(lambda z, t, _: functional.binary_cross_entropy_with_logits(z, t, reduction='none')),
    multiclassHinge=lambda z, t, _: functional.multi_margin_loss(z, t, reduction='none'),
    poisson=rowwise(lambda y, t, _: functional.poisson_nll_loss(y, t, log_input=True, reduction='none')),
    kullbackLeibler=lambda z, t, _: functional.kl_div(z.log_softmax(1), t, reduction='none').sum(1),
)

OPTAX = dict(logCosh=optax.log_cosh, hinge=optax.hinge_loss, squaredHinge=lambda y, t: optax.hinge_loss(y, t) ** 2)

CASES = [
    ('meanSquaredError', {}, REAL, NEAR), ('meanAbsoluteError', {}, REAL, NEAR),
    ('huber', {}, REAL, NEAR), ('huber', dict(delta=0.5), REAL, NEAR), ('logCosh', {}, REAL, NEAR),
    ('crossEntropy', {}, REAL, LABELS), ('crossEntropy', dict(labelSmoothing=0.125), REAL, LABELS),
    ('crossEntropy', {}, REAL, PROBABILITIES), ('crossEntropy', dict(labelSmoothing=0.125), REAL, PROBABILITIES),
    ('binaryCrossEntropy', {}, REAL, UNITS), ('hinge', {}, MARGINS, SIGNS), ('squaredHinge', {}, MARGINS, SIGNS),
    ('multiclassHinge', {}, MARGINS, SHORT_OF), ('poisson', {}, RATES, COUNTS),
    ('kullbackLeibler', {}, REAL, PROBABILITIES),
]


def torch_mean(loss, options, outputs, answers, weights):
    y = torch.tensor(outputs, requires_grad=True)
    mean = (torch.tensor(weights) * TORCH[loss](y, torch.tensor(answers), options)).sum() / len(outputs)
    mean.backward()
    return mean.item(), y.grad.numpy()


def optax_mean(loss, options, outputs, answers, weights):
    def mean(y):
        return (numpy.array(weights) * OPTAX[loss](y, numpy.array(answers)).mean(1)).sum() / len(outputs)
    value, gradient = jax.value_and_grad(mean)(numpy.array(outputs))
    return float(value), gradient


def case(loss, options, outputs, answers, weights):
    of = torch_mean if loss in TORCH else optax_mean
    mean, gradient = of(loss, options, outputs, answers, weights or [1.0] * len(outputs))
    said = dict(labels=answers) if isinstance(answers[0], int) else dict(targets=answers)
    # + 0 makes no −0.
    return dict(loss=loss, options=options, outputs=outputs, **said, weights=weights, mean=mean,
                gradient=(gradient + 0.0).tolist())


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=1, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


write(dict(versions={name: version(name) for name in ['torch', 'optax', 'jax', 'numpy']},
           cases=[case(*each, weights) for each in CASES for weights in [None, WEIGHTS]]))
