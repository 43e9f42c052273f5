"""Golden numbers of other libraries' optimizers: writes optimizers.json beside itself, in float64 and in float32.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P optimizers.py
Made with torch 2.15.0, qhoptim 1.1.0, keras 3.15.1 and optax 0.2.8, the last two on jax 0.10.2.

Every case gives the options in ravine's words, and parameter and states after each step. learningRates, where it is not
null, holds the η of each step. Numbers of float32 runs are written by their shortest decimals.

Where a library puts ε elsewhere than PyTorch, it runs with NOTHING for ε: then the place of it does not show. How the
libraries differ stands in README.md.
"""

import json
import os
import re
import warnings
from importlib.metadata import version
from pathlib import Path

# Read at import. On TensorFlow Keras would round options to float32 on their way into a float64 step.
os.environ |= {'KERAS_BACKEND': 'jax', 'JAX_ENABLE_X64': '1', 'JAX_PLATFORMS': 'cpu'}

import keras
import numpy
import optax
import qhoptim.pyt
import torch

START = [1.0, -2.0, 0.5, 3.0]

# One row a step, exact in float32: signs change, a first gradient and a later one are exactly zero, and one dwarfs the
# others early enough for averages to fall again.
GRADIENTS = [
    [0.5, -1.25, 2.0, 0.0],
    [-0.25, 0.75, 0.0, 4.0],
    [1.5, 0.0009765625, -0.625, -2.5],
    [-0.03125, -3.0, 0.875, 100.0],
    [0.75, 0.5, -1.125, 0.6875],
    [0.25, -0.375, 0.0625, -0.5],
    [-2.0, 0.0, 1.25, 0.1875],
    [0.125, 1.0, -0.75, 0.25],
]
CHANGE = [1.0, 1.0, 1.0, 0.125, 0.125, 2.0, 2.0, 0.5]
NOTHING = 1e-30

# The name of a state in ravine, by its name in PyTorch.
TORCH_STATES = dict(
    adam=dict(firstMoment='exp_avg', secondMoment='exp_avg_sq'),
    adamW=dict(firstMoment='exp_avg', secondMoment='exp_avg_sq'),
    nadam=dict(firstMoment='exp_avg', secondMoment='exp_avg_sq'),
    radam=dict(firstMoment='exp_avg', secondMoment='exp_avg_sq'),
    amsgrad=dict(firstMoment='exp_avg', secondMoment='exp_avg_sq', largestSecondMoment='max_exp_avg_sq'),
    rmsprop=dict(squareAverage='square_avg', gradientAverage='grad_avg', velocity='momentum_buffer'),
    adagrad=dict(accumulator='sum'),
    adadelta=dict(squareGradient='square_avg', squareUpdate='acc_delta'),
    qhm=dict(velocity='momentum_buffer'),
)


def torch_optimizer(optimizer, parameter, o):
    adam = dict(betas=(o.get('beta1'), o.get('beta2')), eps=o.get('epsilon'))
    base = dict(params=[parameter], lr=o['learningRate'], weight_decay=o['weightDecay'])
    match optimizer:
        case 'adam':
            return torch.optim.Adam(**base, **adam)
        case 'adamW':
            return torch.optim.AdamW(**base, **adam)
        case 'amsgrad':
            return torch.optim.Adam(**base, **adam, amsgrad=True)
        case 'nadam':
            return torch.optim.NAdam(**base, **adam, momentum_decay=o['momentumDecay'],
                                     decoupled_weight_decay=o['decoupled'])
        case 'radam':
            return torch.optim.RAdam(**base, **adam, decoupled_weight_decay=o['decoupled'])
        case 'rmsprop':
            return torch.optim.RMSprop(**base, alpha=o['decay'], eps=o['epsilon'], momentum=o['momentum'],
                                       centered=o['centered'])
        case 'adagrad':
            return torch.optim.Adagrad(**base, lr_decay=o['learningRateDecay'], eps=o['epsilon'],
                                       initial_accumulator_value=o['initialAccumulator'])
        case 'adadelta':
            return torch.optim.Adadelta(**base, rho=o['rho'], eps=o['epsilon'])
        case 'qhm':
            return qhoptim.pyt.QHM(**base, nu=o['nu'], momentum=o['beta'],
                                   weight_decay_type='direct' if o['decoupled'] else 'grad')


def torch_steps(optimizer, options, rates, dtype):
    kind = dict(f64=torch.float64, f32=torch.float32)[dtype]
    parameter = torch.tensor(START, dtype=kind, requires_grad=True)
    stepper = torch_optimizer(optimizer, parameter, options)
    for gradient, rate in zip(GRADIENTS, rates):
        stepper.param_groups[0]['lr'] = rate
        parameter.grad = torch.tensor(gradient, dtype=kind)
        stepper.step()
        state = stepper.state[parameter]
        kept = {name: state.get(theirs) for name, theirs in TORCH_STATES[optimizer].items()}
        yield parameter.detach().numpy(), {name: value.numpy() for name, value in kept.items() if value is not None}


def keras_optimizer(optimizer, o):
    adam = dict(beta_1=o.get('beta1'), beta_2=o.get('beta2'), epsilon=o.get('epsilon'))
    # None, not 0, is how Keras says no weight decay; its own is decoupled.
    base = dict(learning_rate=o['learningRate'], weight_decay=o['weightDecay'] or None)
    match optimizer:
        case 'adam':
            return keras.optimizers.Adam(**base, **adam)
        case 'adamW':
            return keras.optimizers.AdamW(**base, **adam)
        case 'amsgrad':
            return keras.optimizers.Adam(**base, **adam, amsgrad=True)
        case 'nadam':
            return keras.optimizers.Nadam(**base, **adam)
        case 'rmsprop':
            return keras.optimizers.RMSprop(**base, rho=o['decay'], momentum=o['momentum'], epsilon=o['epsilon'],
                                            centered=o['centered'])
        case 'adagrad':
            return keras.optimizers.Adagrad(**base, initial_accumulator_value=o['initialAccumulator'],
                                            epsilon=o['epsilon'])
        case 'adadelta':
            return keras.optimizers.Adadelta(**base, rho=o['rho'], epsilon=o['epsilon'])
        case 'lion':
            return keras.optimizers.Lion(**base, beta_1=o['beta1'], beta_2=o['beta2'])


# As above; Keras' RMSprop keeps η inside its velocity, so that its numbers are others.
KERAS_STATES = dict(
    adam=dict(firstMoment='_momentums', secondMoment='_velocities'),
    adamW=dict(firstMoment='_momentums', secondMoment='_velocities'),
    nadam=dict(firstMoment='_momentums', secondMoment='_velocities'),
    amsgrad=dict(firstMoment='_momentums', secondMoment='_velocities', largestSecondMoment='_velocity_hats'),
    rmsprop=dict(squareAverage='_velocities', gradientAverage='_average_gradients'),
    adagrad=dict(accumulator='_accumulators'),
    adadelta=dict(squareGradient='_accumulated_grads', squareUpdate='_accumulated_delta_vars'),
    lion=dict(velocity='_momentums'),
)


def keras_steps(optimizer, options, rates, dtype):
    kind = dict(f64='float64', f32='float32')[dtype]
    keras.config.set_floatx(kind)  # else the learning rate itself is kept in float32
    parameter = keras.Variable(START, dtype=kind)
    stepper = keras_optimizer(optimizer, options)
    for gradient in GRADIENTS:
        stepper.apply([keras.ops.array(gradient, dtype=kind)], [parameter])
        kept = {name: getattr(stepper, theirs, None) for name, theirs in KERAS_STATES[optimizer].items()}
        yield parameter.numpy(), {name: value[0].numpy() for name, value in kept.items() if value}


def optax_optimizer(optimizer, o, rate):
    adam = dict(b1=o.get('beta1'), b2=o.get('beta2'))
    match optimizer:
        case 'adam':
            return optax.adam(rate, **adam, eps=o['epsilon'])
        case 'adamW':
            return optax.adamw(rate, **adam, eps=o['epsilon'], weight_decay=o['weightDecay'])
        case 'radam':
            return optax.radam(rate, **adam, eps=o['epsilon'])
        case 'rmsprop':
            return optax.rmsprop(rate, o['decay'], o['epsilon'], centered=o['centered'], eps_in_sqrt=False)
        case 'adagrad':
            return optax.adagrad(rate, o['initialAccumulator'], o['epsilon'])
        case 'adadelta':
            return optax.adadelta(rate, o['rho'], o['epsilon'])
        case 'lion':
            return optax.lion(rate, **adam, weight_decay=o['weightDecay'])


OPTAX_STATES = dict(
    adam=dict(firstMoment='mu', secondMoment='nu'),
    adamW=dict(firstMoment='mu', secondMoment='nu'),
    radam=dict(firstMoment='mu', secondMoment='nu'),
    rmsprop=dict(squareAverage='nu', gradientAverage='mu'),
    adagrad=dict(accumulator='sum_of_squares'),
    adadelta=dict(squareGradient='e_g', squareUpdate='e_x'),
    lion=dict(velocity='mu'),
)


def optax_steps(optimizer, options, rates, dtype):
    kind = dict(f64=numpy.float64, f32=numpy.float32)[dtype]
    stepper = optax_optimizer(optimizer, options, lambda step: numpy.array(rates)[step])
    parameter = numpy.array(START, kind)
    state = stepper.init(parameter)
    for gradient in GRADIENTS:
        update, state = stepper.update(numpy.array(gradient, kind), state, parameter)
        parameter = optax.apply_updates(parameter, update)
        kept = {name: getattr(state[0], theirs, None) for name, theirs in OPTAX_STATES[optimizer].items()}
        yield parameter, {name: value for name, value in kept.items() if value is not None}


def aggmo_steps(optimizer, options, rates, dtype):
    """The rule of Lucas et al. 2019: each b ← βb + g + λθ, and θ ← θ − (η/K)·Σ b.

    Written from the paper; it equals the authors' src/aggmo.py (github.com/AtheMathmo/AggMo) within 1e-14.
    """
    kind = dict(f64=numpy.float64, f32=numpy.float32)[dtype]
    parameter, betas = numpy.array(START, kind), options['betas']
    velocities = numpy.zeros((len(betas), len(START)), kind)
    for gradient, rate in zip(GRADIENTS, rates):
        decayed = numpy.array(gradient, kind) + kind(options['weightDecay']) * parameter
        velocities = numpy.array(betas, kind)[:, None] * velocities + decayed
        parameter = parameter - kind(rate / len(betas)) * velocities.sum(0)
        yield parameter, dict(velocities=velocities)


ADAM = dict(beta1=0.9, beta2=0.999, epsilon=1e-8)
SHORT = dict(beta1=0.8, beta2=0.7, epsilon=1e-3)  # averages that forget within the run, and an ε that shows
NO_EPSILON = dict(epsilon=NOTHING)


def cases():
    """Each a library, an optimizer, its defaults here, and what the runs change of them."""
    adam = dict(learningRate=0.125, **ADAM, weightDecay=0.0)
    decays = [{}, dict(weightDecay=0.0625), SHORT | dict(weightDecay=0.01)]
    yield 'torch', 'adam', adam, [*decays, dict(beta1=0.0, beta2=0.9)]
    yield 'torch', 'adamW', adam, [*decays[1:], dict(beta1=0.95, weightDecay=0.01)]
    yield 'torch', 'amsgrad', adam, [*decays, dict(beta2=0.5)]
    decoupled = [*decays, dict(weightDecay=0.0625, decoupled=True)]
    yield 'torch', 'nadam', adam | dict(momentumDecay=0.004, decoupled=False), [*decoupled, dict(momentumDecay=0.5)]
    # It adapts from the sixth step on with β₂ = .999 and .9, never in this run with .7 and .5.
    yield 'torch', 'radam', adam | dict(decoupled=False), [*decoupled, dict(beta2=0.9), dict(beta2=0.5)]
    yield 'torch', 'rmsprop', dict(learningRate=0.125, decay=0.99, momentum=0.0, centered=False, epsilon=1e-8,
                                   weightDecay=0.0), [
        {}, dict(momentum=0.9), dict(centered=True), dict(momentum=0.5, centered=True, weightDecay=0.0625),
        dict(decay=0.5, momentum=0.9, epsilon=1e-3, weightDecay=0.01)]
    yield 'torch', 'adagrad', dict(learningRate=0.125, learningRateDecay=0.0, initialAccumulator=0.0, epsilon=1e-10,
                                   weightDecay=0.0), [
        {}, dict(learningRateDecay=0.25), dict(initialAccumulator=0.5), dict(weightDecay=0.0625),
        dict(learningRateDecay=0.125, initialAccumulator=0.0625, epsilon=1e-3, weightDecay=0.01)]
    yield 'torch', 'adadelta', dict(learningRate=1.0, rho=0.9, epsilon=1e-6, weightDecay=0.0), [
        {}, dict(rho=0.5, epsilon=1e-3), dict(learningRate=0.5, rho=0.95, weightDecay=0.0625)]
    lion = dict(learningRate=0.125, beta1=0.9, beta2=0.99, weightDecay=0.0)
    lions = [{}, dict(weightDecay=0.0625), dict(beta1=0.5, beta2=0.7, weightDecay=0.01)]
    yield 'optax', 'lion', lion, lions
    yield 'qhoptim', 'qhm', dict(learningRate=0.125, beta=0.999, nu=0.7, weightDecay=0.0, decoupled=False), [
        {}, dict(beta=0.9, nu=0.9), dict(beta=0.9, nu=1.0), dict(beta=0.9, nu=0.0),
        dict(beta=0.5, weightDecay=0.0625), dict(beta=0.5, weightDecay=0.0625, decoupled=True)]
    yield 'numpy', 'aggMo', dict(learningRate=0.125, betas=[0.0, 0.9, 0.99], weightDecay=0.0), [
        {}, dict(weightDecay=0.0625), dict(betas=[0.5]), dict(betas=[0.0, 0.9, 0.99, 0.999], learningRate=0.03125)]

    free = adam | NO_EPSILON
    plain, short = {}, dict(beta1=0.8, beta2=0.7)
    yield 'keras', 'adam', free, [plain, short]
    yield 'keras', 'adamW', free, [dict(weightDecay=0.0625)]
    yield 'keras', 'amsgrad', free, [plain, short]
    yield 'keras', 'nadam', adam | dict(momentumDecay=1.0, decoupled=False), [plain, SHORT]
    yield 'keras', 'rmsprop', dict(learningRate=0.125, decay=0.9, momentum=0.0, centered=False, weightDecay=0.0,
                                   **NO_EPSILON), [plain, dict(momentum=0.9), dict(momentum=0.5, centered=True)]
    accumulator = dict(learningRate=0.125, learningRateDecay=0.0, initialAccumulator=0.1, weightDecay=0.0, **NO_EPSILON)
    yield 'keras', 'adagrad', accumulator, [plain]
    adadelta = dict(learningRate=0.5, rho=0.95, epsilon=1e-7, weightDecay=0.0)
    yield 'keras', 'adadelta', adadelta, [plain]
    yield 'keras', 'lion', lion, lions
    yield 'optax', 'adam', adam, [plain, SHORT]
    yield 'optax', 'adamW', adam, [dict(weightDecay=0.0625), SHORT | dict(weightDecay=0.01)]
    yield 'optax', 'radam', free | dict(decoupled=False), [plain, dict(beta2=0.9)]
    yield 'optax', 'rmsprop', dict(learningRate=0.125, decay=0.9, momentum=0.0, centered=False, epsilon=1e-8,
                                   weightDecay=0.0), [plain, dict(centered=True, epsilon=1e-3)]
    yield 'optax', 'adagrad', accumulator, [plain]
    yield 'optax', 'adadelta', adadelta, [plain, dict(rho=0.5, epsilon=1e-3)]


STEPS = dict(torch=torch_steps, qhoptim=torch_steps, keras=keras_steps, optax=optax_steps, numpy=aggmo_steps)


def shortest(values):
    """As lists; a float32 by its shortest decimal, and −0 as 0."""
    if values.ndim > 1:
        return [shortest(row) for row in values]
    return [float(str(x)) + 0.0 for x in numpy.asarray(values)]


def case(library, optimizer, options, changing, dtype):
    rates = [options['learningRate'] * (factor if changing else 1) for factor in CHANGE]
    rows = [(shortest(numpy.array(parameter)), {name: shortest(numpy.array(value)) for name, value in states.items()})
            for parameter, states in STEPS[library](optimizer, options, rates, dtype)]
    states = {name: [kept[name] for _, kept in rows] for name in rows[0][1]}
    return dict(library=library, optimizer=optimizer, dtype=dtype, options=options,
                learningRates=rates if changing else None, parameters=[row for row, _ in rows], states=states)


def every():
    for library, optimizer, base, changes in cases():
        for change in changes:
            yield case(library, optimizer, base | change, False, 'f64')
        if library == 'keras':  # neither a rate of each step, nor powers of β in more than float32
            continue
        yield case(library, optimizer, base | changes[-1], True, 'f64')
        if library in ['torch', 'qhoptim', 'numpy'] or optimizer == 'lion':
            for change in changes[:2]:
                yield case(library, optimizer, base | change, False, 'f32')


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=0, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


warnings.filterwarnings('ignore', 'This overload of add_ is deprecated')  # qhoptim is older than the new one
torch.set_default_dtype(torch.float64)  # else NAdam keeps its product of momenta in float32, whatever the parameter
write(dict(
    versions={name: version(name) for name in ['torch', 'qhoptim', 'keras', 'optax', 'jax', 'numpy']},
    start=START,
    gradients=GRADIENTS,
    cases=list(every()),
))
