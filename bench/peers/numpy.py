"""numpy: products by its OpenBLAS, and by hand the momentum step in four passes and the linear regression."""
import numpy
from . import protocol
from .protocol import counted, many, once, serve, spread

f32 = numpy.float32


def matmul(m, k, n):
    a, b = protocol.matrices(m, k, n)
    out = numpy.empty((m, n), f32)
    return lambda: {'seconds': many(lambda: numpy.matmul(a, b, out=out))[0], 'values': spread(out)}


def momentum(length):
    parameter, gradient = numpy.ones(length, f32), numpy.full(length, 0.5, f32)
    velocity, scaled = numpy.zeros(length, f32), numpy.empty(length, f32)

    def step():
        numpy.multiply(velocity, f32(0.9), out=velocity)
        numpy.add(velocity, gradient, out=velocity)
        numpy.multiply(velocity, f32(0.01), out=scaled)
        numpy.subtract(parameter, scaled, out=parameter)

    return counted(step, lambda: parameter)


def regression(batch):
    features, targets = protocol.regression()
    examples, random = len(targets), numpy.random.default_rng(1)
    weight, bias = numpy.zeros(features.shape[1], f32), f32(0)
    weight_velocity, bias_velocity = numpy.zeros_like(weight), f32(0)

    def step(chosen):
        nonlocal weight, bias, weight_velocity, bias_velocity
        x = features[chosen]
        error = (x @ weight + bias - targets[chosen]) * f32(2 / len(chosen))
        weight_velocity = f32(0.9) * weight_velocity + error @ x
        bias_velocity = f32(0.9) * bias_velocity + error.sum()
        weight -= f32(0.01) * weight_velocity
        bias -= f32(0.01) * bias_velocity

    def five():
        for _ in range(5):
            order = random.permutation(examples)
            for start in range(0, examples, batch):
                step(order[start : start + batch])

    def measured():
        seconds, _ = once(five)
        return {'seconds': seconds, 'loss': float(numpy.mean((features @ weight + bias - targets) ** 2))}

    return measured


serve(
    numpy.__version__,
    {'matmul': {'OpenBLAS': matmul}, 'momentum': {'passes': momentum}, 'regression': {'by-hand': regression}},
)
