"""Makes math.json: points [x, f(x)] of exp, log, tanh, cos πx, eˣ − 1, ln(1 + x) and the normal distribution, and [x, n, xⁿ], correctly rounded.

Run: python3 math.py > math.json
"""

import json
import math
import random
from fractions import Fraction

import mpmath

mpmath.mp.prec = 400
draw = random.Random(1)


def nearest(exact):
    """An mpmath number rounded once to f64, subnormals included, as the division of whole numbers does in Python."""
    sign, mantissa, exponent, _ = exact._mpf_
    return (-1) ** sign * float(Fraction(int(mantissa)) * Fraction(2) ** exponent)


def uniform(count, low, high):
    return [draw.uniform(low, high) for _ in range(count)]


def magnitudes(count, low, high):
    return [math.ldexp(draw.uniform(1, 2), draw.randrange(low, high)) for _ in range(count)]


def signed(numbers):
    return [draw.choice((-1, 1)) * x for x in numbers]


def beside(centre, count):
    """Numbers on both sides of a place where the formula changes."""
    return [centre + math.ldexp(i, -48) for i in range(-count, count + 1)]


points = {
    "exp": uniform(100, -2, 2) + uniform(80, -708, 709) + uniform(40, -745, -708) + signed(magnitudes(50, -1022, 0))
    + beside(math.log(2) / 2, 5) + beside(-math.log(2) / 2, 5) + beside(709.782712893384, 0),
    "log": uniform(100, 0.5, 2) + magnitudes(100, -1022, 1024) + magnitudes(20, -1070, -1023)
    + [1 + s * 2.0**-k for k in range(1, 33) for s in (1, -1)] + beside(math.sqrt(2), 5) + beside(math.sqrt(0.5), 5),
    "tanh": signed(uniform(120, 0, 1)) + signed(uniform(80, 1, 23)) + signed(magnitudes(70, -1022, 0))
    + beside(0.8125, 10) + beside(19.0615474653984, 5),
    "cospi": uniform(200, 0, 1) + magnitudes(20, -60, -1) + beside(0.25, 15) + beside(0.5, 15) + beside(0.75, 15)
    + [0, 1] + [i / 16 for i in range(1, 16)],
}

table = {
    name: [[x, nearest(getattr(mpmath, name)(mpmath.mpf(x)))] for x in xs] for name, xs in points.items()
}

def power(x, n):
    return [x, n, nearest(mpmath.power(mpmath.mpf(x), mpmath.mpf(n)))]


table["pow"] = (
    [power(x, n) for x in uniform(12, 0, 1) for n in (0, 1, 2, 7, 64, 65, 0.5, 1.75, 100.25)]
    + [power(1 - 2.0**-k, draw.uniform(1, 1e5)) for k in range(7, 40)] + [power(x, 3.5) for x in uniform(12, 1, 1000)]
)

more = {
    "expm": uniform(120, -0.35, 0.35) + uniform(60, -40, 2) + uniform(40, 2, 709) + signed(magnitudes(60, -1022, 0))
    + beside(math.log(2) / 2, 5) + beside(-math.log(2) / 2, 5),
    "logp": uniform(150, 0, 1) + uniform(40, -0.9, 0) + signed(magnitudes(120, -1000, -1)) + magnitudes(20, 0, 900),
    "normal": uniform(100, -0.7, 0.7) + uniform(120, -5.7, 5.7) + uniform(80, -37, -5.6) + signed(magnitudes(20, -1022, 0))
    + beside(0.67448975, 3) + beside(-0.67448975, 3) + beside(-(32**0.5), 3),
}
functions = {"expm": mpmath.expm1, "logp": mpmath.log1p, "normal": mpmath.ncdf}
table |= {name: [[x, nearest(functions[name](mpmath.mpf(x)))] for x in xs] for name, xs in more.items()}

print(f'{{"made": "math.py, mpmath {mpmath.__version__}"')
for name, rows in table.items():
    print(f',"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]")
print("}")
