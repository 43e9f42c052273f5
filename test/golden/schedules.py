"""Golden numbers of other libraries' schedules: writes schedules.json beside itself, all in float64.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P schedules.py
Made with torch 2.15.0, and keras 3.15.1 and optax 0.2.8, both on jax 0.10.2.

Every case gives the schedule in ravine's words, steps (updates done before) and the library's value at each. Of plateaus: the
losses of the epochs, and the learning rate after each.
"""

import json
import os
import re
from importlib.metadata import version
from pathlib import Path

os.environ |= {'KERAS_BACKEND': 'jax', 'JAX_ENABLE_X64': '1', 'JAX_PLATFORMS': 'cpu'}

import keras
import optax
import optax.contrib
import torch

lr_scheduler = torch.optim.lr_scheduler
schedules = keras.optimizers.schedules
keras.config.set_floatx('float64')  # else Keras' schedules are of float32

EARLY = list(range(0, 41))
FAR = EARLY + [50, 77, 99, 100, 101, 150, 249, 250, 399, 400, 401, 1000]


def schedule(type, start=None, **options):
    """ravine's options, none left to a default; `from` is a word of Python's."""
    return {'type': type} | ({} if start is None else {'from': start}) | options


def case(library, rule, steps, values):
    return dict(library=library, schedule=rule, steps=steps, values=values)


def torch_case(rule, make, steps=FAR, rate=0.5, name='lr'):
    """Of a PyTorch scheduler over SGD; its steps are taken one by one."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate, momentum=0.5)
    scheduler = make(optimizer)
    values = []
    for step in range(steps[-1] + 1):
        values.append(optimizer.param_groups[0][name])
        if step < steps[-1]:
            optimizer.step()
            scheduler.step()
    return case('torch', rule, steps, [float(values[step]) for step in steps])


def function_case(library, rule, function, steps=FAR):
    return case(library, rule, steps, [float(function(keras.ops.array(step, dtype='float64'))) for step in steps])


def optax_case(*arguments):
    return function_case('optax', *arguments)


def keras_case(*arguments):
    return function_case('keras', *arguments)


def torch_cases():
    yield torch_case(schedule('linear', 0.125, to=0.5, steps=40),
                     lambda o: lr_scheduler.LinearLR(o, 0.25, 1.0, 40))
    yield torch_case(schedule('linear', 0.5, to=0.05, steps=33),
                     lambda o: lr_scheduler.LinearLR(o, 1.0, 0.1, 33))
    yield torch_case(schedule('stepDecay', 0.5, factor=0.7, every=30),
                     lambda o: lr_scheduler.StepLR(o, 30, 0.7))
    yield torch_case(schedule('piecewise', values=[0.5, 0.1, 0.02], boundaries=[10, 100]),
                     lambda o: lr_scheduler.MultiStepLR(o, [10, 100], 0.2))
    yield torch_case(schedule('exponential', 0.5, factor=0.99, every=1),
                     lambda o: lr_scheduler.ExponentialLR(o, 0.99))
    yield torch_case(schedule('polynomial', 0.5, to=0, steps=100, power=2.5),
                     lambda o: lr_scheduler.PolynomialLR(o, 100, 2.5))
    yield torch_case(schedule('cosine', 0.5, to=0.01, steps=100, warmup=0),
                     lambda o: lr_scheduler.CosineAnnealingLR(o, 100, 0.01), [s for s in FAR if s <= 100])
    for factor in [1, 2, 3]:
        yield torch_case(schedule('cosineRestarts', 0.5, to=0.01, steps=13, factor=factor),
                         lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 13, factor, 0.01))
    yield torch_case(schedule('sequence', steps=[8, 30], schedules=[
        schedule('linear', 0.05, to=0.5, steps=8),
        schedule('constant', value=0.5),
        schedule('exponential', 0.5, factor=0.9, every=1),
    ]), lambda o: lr_scheduler.SequentialLR(o, [
        lr_scheduler.LinearLR(o, 0.1, 1.0, 8),
        lr_scheduler.ConstantLR(o, 1.0, 1),
        lr_scheduler.ExponentialLR(o, 0.9),
    ], [8, 38]))
    yield from one_cycles()


def one_cycles():
    for steps, rise, divisor, final in [(100, 0.3, 25, 1e4), (40, 0.25, 10, 100), (7, 0.4, 4, 2)]:
        def make(optimizer):
            return lr_scheduler.OneCycleLR(optimizer, 0.8, steps, pct_start=rise, div_factor=divisor, final_div_factor=final)
        seen = [step for step in FAR if step < steps]
        shape = dict(steps=steps, rise=rise)
        yield torch_case(schedule('oneCycle', 0.8 / divisor, peak=0.8, to=0.8 / divisor / final, **shape), make, seen)
        yield torch_case(schedule('oneCycle', 0.95, peak=0.85, to=0.95, **shape), make, seen, name='momentum')


def keras_cases():
    yield keras_case(schedule('exponential', 0.5, factor=0.9, every=7), schedules.ExponentialDecay(0.5, 7, 0.9))
    yield keras_case(schedule('stepDecay', 0.5, factor=0.9, every=7),
                     schedules.ExponentialDecay(0.5, 7, 0.9, staircase=True))
    yield keras_case(schedule('inverseTime', 0.5, rate=0.3, every=9), schedules.InverseTimeDecay(0.5, 9, 0.3))
    # Keras keeps a value until after its boundary.
    yield keras_case(schedule('piecewise', values=[0.5, 0.1, 0.02], boundaries=[10, 100]),
                     schedules.PiecewiseConstantDecay([9, 99], [0.5, 0.1, 0.02]))
    for power in [1, 0.5, 3]:
        yield keras_case(schedule('polynomial', 0.5, to=0.05, steps=90, power=power),
                         schedules.PolynomialDecay(0.5, 90, 0.05, power))
    yield keras_case(schedule('cosine', 0.5, to=0.05, steps=100, warmup=0), schedules.CosineDecay(0.5, 100, 0.1))
    # Keras' decay_steps come after the warm-up.
    yield keras_case(schedule('cosine', 0.5, to=0.05, steps=100, warmup=20),
                     schedules.CosineDecay(0.0, 80, 0.1, warmup_target=0.5, warmup_steps=20))
    for factor in [1, 2]:
        yield keras_case(schedule('cosineRestarts', 0.5, to=0.05, steps=30, factor=factor),
                         schedules.CosineDecayRestarts(0.5, 30, factor, 1.0, 0.1))


def optax_cases():
    yield optax_case(schedule('constant', value=0.3), optax.constant_schedule(0.3))
    yield optax_case(schedule('linear', 0.05, to=0.5, steps=37), optax.linear_schedule(0.05, 0.5, 37))
    yield optax_case(schedule('stepDecay', 0.5, factor=0.1, every=100),
                     optax.exponential_decay(0.5, 100, 0.1, staircase=True))
    yield optax_case(schedule('exponential', 0.5, factor=0.1, every=100), optax.exponential_decay(0.5, 100, 0.1))
    yield optax_case(schedule('piecewise', values=[0.5, 0.1, 0.05], boundaries=[10, 100]),
                     optax.piecewise_constant_schedule(0.5, {10: 0.2, 100: 0.5}))
    for power in [1, 2, 0.9]:
        yield optax_case(schedule('polynomial', 0.5, to=0.05, steps=100, power=power),
                         optax.polynomial_schedule(0.5, 0.05, power, 100))
    yield optax_case(schedule('cosine', 0.5, to=0.1, steps=100, warmup=0), optax.cosine_decay_schedule(0.5, 100, 0.2))
    yield optax_case(schedule('cosine', 0.5, to=0.1, steps=100, warmup=25),
                     optax.warmup_cosine_decay_schedule(0.0, 0.5, 25, 100, 0.1))
    yield optax_case(schedule('sequence', steps=[10, 20], schedules=[
        schedule('constant', value=0.5),
        schedule('linear', 0.5, to=0.9, steps=20),
        schedule('constant', value=0.9),
    ]), optax.join_schedules([optax.constant_schedule(0.5), optax.linear_schedule(0.5, 0.9, 20), optax.constant_schedule(0.9)], [10, 30]))


LOSSES = [1.0, 0.8, 0.8, 0.81, 0.7999, 0.5, 0.49995, 0.6, 0.55, 0.51, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.39, 0.2, 0.2, 0.2, 0.2]


def plateau_cases():
    options = dict(factor=0.5, patience=3, minDelta=1e-3)
    for least in [0.0, 0.1]:
        plateau = schedule('reduceOnPlateau', 0.5, **options, min=least, monitor='loss')
        yield dict(library='keras', schedule=plateau, losses=LOSSES, values=list(keras_plateau(plateau)))
        yield dict(library='torch', schedule=plateau, losses=LOSSES, values=list(torch_plateau(plateau)))
    plateau = schedule('reduceOnPlateau', 0.5, **options, min=0.0, monitor='loss')
    yield dict(library='optax', schedule=plateau, losses=LOSSES, values=list(optax_plateau(plateau)))


def keras_plateau(plateau):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(plateau['from']), loss='mse')
    callback = keras.callbacks.ReduceLROnPlateau('loss', plateau['factor'], plateau['patience'], mode='min',
                                                 min_delta=plateau['minDelta'], min_lr=plateau['min'])
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(LOSSES):
        callback.on_epoch_end(epoch, dict(loss=loss))
        yield float(model.optimizer.learning_rate.value)


def torch_plateau(plateau):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=plateau['from'])
    # PyTorch reduces when more than `patience` epochs brought nothing.
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, 'min', plateau['factor'], plateau['patience'] - 1,
                                               plateau['minDelta'], 'abs', min_lr=plateau['min'])
    for loss in LOSSES:
        scheduler.step(loss)
        yield optimizer.param_groups[0]['lr']


def optax_plateau(plateau):
    transform = optax.contrib.reduce_on_plateau(plateau['factor'], plateau['patience'], rtol=0.0, atol=plateau['minDelta'])
    state = transform.init(0.0)
    for loss in LOSSES:
        _, state = transform.update(0.0, state, value=keras.ops.array(loss, dtype='float64'))
        yield plateau['from'] * float(state.scale)


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=1, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


write(dict(
    versions={name: version(name) for name in ['torch', 'keras', 'optax', 'jax']},
    cases=[*torch_cases(), *keras_cases(), *optax_cases()],
    plateaus=list(plateau_cases()),
))
