"""Golden runs of adaptive restart: writes restart.json beside itself, in float64.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P restart.py

The published rule of O'Donoghue and Candès, "Adaptive restart for accelerated gradient schemes" (arXiv 1204.3982). From
x₀ = y₀ and θ₀ = 1, in each step:

    x⁺ = y − η∇f(y)
    restart, where asked for: by 'function' if f(x⁺) > f(x), by 'gradient' if ∇f(y)ᵀ(x⁺ − x) > 0:  θ ← 1, y⁺ = x⁺
    else β is `momentum`, or, where that is null, it grows: θ⁺² = (1 − θ⁺)θ², β = θ(1 − θ) / (θ² + θ⁺);
         y⁺ = x⁺ + β(x⁺ − x)

The gradient is taken at y: it is the parameter of a Nesterov step, θ ← θ − η(g + βv) with v ← β'v + g, where
x⁺ − x = −ηv⁺ and β' is the β of the step before; a restart is v ← 0 after a plain step. The condition on the gradient is
then gᵀv⁺ < 0.

Functions: 'quadratic' is ½Σ curvatureᵢxᵢ²; 'logistic' is Σ curvatureᵢ·log cosh xᵢ, quadratic near its minimum only. A case
has, after each step, y as parameters, v as velocities, x as points and f(x) as values, and the steps, from 1, that end in
a restart.
"""

import json
import re
from importlib.metadata import version
from pathlib import Path

import numpy

FUNCTIONS = dict(
    quadratic=(lambda a, x: (a * x * x).sum() / 2, lambda a, x: a * x),
    logistic=(lambda a, x: (a * numpy.log(numpy.cosh(x))).sum(), lambda a, x: a * numpy.tanh(x)),
)


def following(theta):
    """θ⁺ > 0 with θ⁺² = (1 − θ⁺)θ²"""
    return theta * (numpy.sqrt(theta ** 2 + 4) - theta) / 2


def steps(start, curvatures, function, learningRate, momentum, restart, count):
    value, gradient = FUNCTIONS[function]
    x, y, theta = numpy.array(start), numpy.array(start), 1.0
    for _ in range(count):
        slope = gradient(curvatures, y)
        point = y - learningRate * slope
        velocity = (x - point) / learningRate
        rises = dict(function=value(curvatures, point) > value(curvatures, x), gradient=slope @ (point - x) > 0)
        restarts = restart is not None and bool(rises[restart])
        beta, theta = theta * (1 - theta) / (theta ** 2 + following(theta)), following(theta)
        if restarts:
            beta, theta, velocity = 0.0, 1.0, 0 * velocity
        elif momentum is not None:
            beta = momentum
        y = point - learningRate * beta * velocity
        x = point
        yield y, velocity, x, value(curvatures, x), restarts


def case(function, curvatures, momentum, restart, count):
    start = [1.0, -2.0, 1.5, 3.0][:len(curvatures)]
    options = dict(learningRate=1 / max(curvatures), momentum=momentum, restart=restart)
    rows = steps(start, numpy.array(curvatures), function, **options, count=count)
    parameters, velocities, points, values, restarts = zip(*rows)
    return dict(function=function, curvatures=curvatures, options=options, start=start,
                restarts=[step for step, restarted in enumerate(restarts, 1) if restarted],
                parameters=[row.tolist() for row in parameters], velocities=[(row + 0.0).tolist() for row in velocities],
                points=[row.tolist() for row in points], values=[float(x) for x in values])


def cases():
    for restart in [None, 'function', 'gradient']:
        for momentum in [None, 0.96875]:
            yield case('quadratic', [1.0, 8.0, 64.0, 256.0], momentum, restart, 80)
        yield case('logistic', [0.5, 32.0], 0.875, restart, 40)


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=0, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


if __name__ == '__main__':
    write(dict(versions=dict(numpy=version('numpy')), cases=list(cases())))
