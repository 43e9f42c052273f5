"""Golden numbers of other libraries' SGD: writes sgd.json beside itself, all in float64.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P sgd.py
Made with torch 2.15.0, and keras 3.15.1 and optax 0.2.8, both on jax 0.10.2.

Every case gives the options in ravine's words, and parameter and velocity after each step; velocities is null where the
library keeps none.
"""

import json
import os
import re
from importlib.metadata import version
from itertools import product
from pathlib import Path

# Read at import. On TensorFlow Keras would round momentum and weight decay to float32 on their way into a float64 step.
os.environ |= {'KERAS_BACKEND': 'jax', 'JAX_ENABLE_X64': '1', 'JAX_PLATFORMS': 'cpu'}

import keras
import numpy
import optax
import torch

START = [1.0, -2.0, 0.5, 3.0]
LEARNING_RATES = [0.1, 0.03]
MOMENTA = [0.0, 0.5, 0.9]

# One row a step: signs change, a gradient is exactly zero, and the last step has one that dwarfs the others.
GRADIENTS = [
    [0.5, -1.25, 2.0, -0.1],
    [-0.3, 0.75, 0.0, 4.0],
    [1.5, 0.001, -0.6, -2.5],
    [-0.02, -3.0, 0.9, 0.7],
    [0.8, 0.4, -1.1, 100.0],
]


def torch_steps(options):
    parameter = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=options['learningRate'], momentum=options['momentum'],
                                dampening=options['dampening'], weight_decay=options['weightDecay'],
                                nesterov=options['nesterov'])
    for gradient in GRADIENTS:
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        velocity = optimizer.state[parameter].get('momentum_buffer')
        yield parameter.tolist(), None if velocity is None else velocity.tolist()


def keras_steps(options):
    keras.config.set_floatx('float64')  # else the learning rate itself is kept in float32
    parameter = keras.Variable(START, dtype='float64')
    # None, not 0, is how Keras says no weight decay.
    optimizer = keras.optimizers.SGD(options['learningRate'], options['momentum'], options['nesterov'],
                                     weight_decay=options['weightDecay'] or None)
    for gradient in GRADIENTS:
        optimizer.apply([keras.ops.array(gradient, dtype='float64')], [parameter])
        # 0 − v turns the sign of Keras' velocity and makes no −0.
        velocity = [(0 - v.numpy()).tolist() for v in optimizer.momentums]
        yield parameter.numpy().tolist(), velocity[0] if velocity else None


def optax_steps(options):
    if options['form'] == 'ema':
        optimizer = optax.chain(optax.ema(options['momentum'], debias=options['biasCorrection']),
                                optax.scale(-options['learningRate']))
    else:
        # None, not 0, is how optax says no momentum.
        optimizer = optax.sgd(options['learningRate'], options['momentum'] or None, options['nesterov'])
    parameter = numpy.array(START)
    state = optimizer.init(parameter)
    for gradient in GRADIENTS:
        update, state = optimizer.update(numpy.array(gradient), state, parameter)
        parameter = optax.apply_updates(parameter, update)
        velocity = getattr(state[0], 'trace', getattr(state[0], 'ema', None))
        yield parameter.tolist(), None if velocity is None else velocity.tolist()


def sgd(learningRate, momentum, form, nesterov=False, dampening=0.0, weightDecay=0.0, decoupled=False,
        biasCorrection=False):
    """ravine's options, none left to a default."""
    return dict(learningRate=learningRate, momentum=momentum, form=form, nesterov=nesterov, dampening=dampening,
                weightDecay=weightDecay, decoupled=decoupled, biasCorrection=biasCorrection)


def torch_options():
    every = product(LEARNING_RATES, MOMENTA, [False, True], [0.0, 0.1], [0.0, 0.01])
    for rate, momentum, nesterov, dampening, decay in every:
        # PyTorch refuses nesterov without momentum or with dampening, and ignores dampening without momentum.
        if not (nesterov and dampening) and (momentum or not (nesterov or dampening)):
            yield sgd(rate, momentum, 'heavyBall', nesterov, dampening, decay)


def keras_options():
    for rate, momentum, nesterov, decay in product(LEARNING_RATES, MOMENTA, [False, True], [0.0, 0.01]):
        # Without momentum Keras ignores nesterov. Its decay is θ ← θ − ηλθ before the step.
        if momentum or not nesterov:
            yield sgd(rate, momentum, 'velocity', nesterov, weightDecay=decay, decoupled=decay > 0)


def optax_options():
    for rate, momentum, nesterov in product(LEARNING_RATES, MOMENTA, [False, True]):
        if momentum or not nesterov:  # without momentum optax ignores nesterov
            yield sgd(rate, momentum, 'heavyBall', nesterov)
    for rate, momentum, correction in product(LEARNING_RATES, MOMENTA[1:], [False, True]):
        yield sgd(rate, momentum, 'ema', biasCorrection=correction)


def case(library, steps, options):
    parameters, velocities = zip(*steps(options))
    return dict(library=library, options=options, parameters=parameters,
                velocities=None if None in velocities else velocities)


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=1, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


LIBRARIES = [
    ('torch', torch_steps, torch_options),
    ('keras', keras_steps, keras_options),
    ('optax', optax_steps, optax_options),
]

write(dict(
    versions={name: version(name) for name in ['torch', 'keras', 'optax', 'jax', 'numpy']},
    learningRates=LEARNING_RATES,
    start=START,
    gradients=GRADIENTS,
    cases=[case(library, steps, options) for library, steps, every in LIBRARIES for options in every()],
))
