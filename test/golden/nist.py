"""NIST's certified linear regressions: checks each certified value from the data and writes nist.json beside itself.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P nist.py

Statistical Reference Datasets of the US National Institute of Standards and Technology, linear regression:
itl.nist.gov/div898/strd/lls/lls.shtml, Norris, Longley and Wampler1 to 5. Data and certified values were compared with the
copies in scipy 1.17.1 (Norris.dat), statsmodels 0.15 (Longley's data), xKDR/NISTTests.jl (all data) and
ab9sq/Rqualification (all certified values); and below the least squares of the data, computed in fractions without any
rounding, have to agree with every certified digit.

A dataset has features (of a polynomial, x and its powers), targets, the certified estimates with the intercept first,
their standard deviations, the residual standard deviation and R²; and `nearest`, the exact least squares rounded once to
float64. `curvatures` are the least and the largest eigenvalue of the correlation matrix of the features: half those of the Hessian of
the mean squared error, once the features are standardised; of a polynomial also with powers of (x − 10) / 10 for those of x,
which are far better conditioned.
"""

import json
import re
from decimal import Decimal, getcontext
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import numpy

getcontext().prec = 60

NORRIS = """
0.1 0.2, 338.8 337.4, 118.1 118.2, 888.0 884.6, 9.2 10.1, 228.1 226.5, 668.5 666.3, 998.5 996.3, 449.1 448.6, 778.9 777.0,
559.2 558.2, 0.3 0.4, 0.1 0.6, 778.1 775.5, 668.8 666.9, 339.3 338.0, 448.9 447.5, 10.8 11.6, 557.7 556.0, 228.3 228.1,
998.0 995.8, 888.8 887.6, 119.6 120.2, 0.3 0.3, 0.6 0.3, 557.6 556.8, 339.3 339.1, 888.0 887.2, 998.5 999.0, 778.9 779.0,
10.2 11.1, 117.6 118.3, 228.9 229.2, 668.4 669.1, 449.2 448.9, 0.2 0.5
"""

LONGLEY = """
60323 83 234289 2356 1590 107608 1947, 61122 88.5 259426 2325 1456 108632 1948, 60171 88.2 258054 3682 1616 109773 1949,
61187 89.5 284599 3351 1650 110929 1950, 63221 96.2 328975 2099 3099 112075 1951, 63639 98.1 346999 1932 3594 113270 1952,
64989 99 365385 1870 3547 115094 1953, 63761 100 363112 3578 3350 116219 1954, 66019 101.2 397469 2904 3048 117388 1955,
67857 104.6 419180 2822 2857 118734 1956, 68169 108.4 442769 2936 2798 120445 1957,
66513 110.8 444546 4681 2637 121950 1958, 68655 112.6 482704 3813 2552 123366 1959,
69564 114.2 502601 3931 2514 125368 1960, 69331 115.7 518173 4806 2572 127852 1961, 70551 116.9 554894 4007 2827 130081 1962
"""

# What Wampler3 adds to Wampler1 for x = 0 … 20; Wampler4 adds a hundred times as much, Wampler5 ten thousand times.
NOISE = [759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048,
         -2048, 1838, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 759]

ONES = ['1.00000000000000'] * 6
NOTHING = ['0.000000000000000'] * 6
TENTHS = ['1.00000000000000', '0.100000000000000', '0.100000000000000E-01', '0.100000000000000E-02',
          '0.100000000000000E-03', '0.100000000000000E-04']


def table(text):
    """(features, targets) of rows 'y x₁ x₂ …'"""
    rows = [[Fraction(x) for x in row.split()] for row in text.split(',')]
    return [row[1:] for row in rows], [row[0] for row in rows]


def polynomial(unit, noise):
    """(features, targets) of y = Σ (unit·x)ᵏ + noise times NOISE, x = 0 … 20"""
    features = [[Fraction(x) ** k for k in range(1, 6)] for x in range(21)]
    return features, [sum((unit * x) ** k for k in range(6)) + noise * NOISE[x] for x in range(21)]


def dataset(name, level, data, estimates, deviations, residual, rSquared):
    return dict(name=name, level=level, data=data, estimates=estimates, deviations=deviations, residual=residual,
                rSquared=rSquared)


CERTIFIED = [
    dataset('Norris', 'lower', table(NORRIS), ['-0.262323073774029', '1.00211681802045'],
            ['0.232818234301152', '0.429796848199937E-03'], '0.884796396144373', '0.999993745883712'),
    dataset('Longley', 'higher', table(LONGLEY),
            ['-3482258.63459582', '15.0618722713733', '-0.358191792925910E-01', '-2.02022980381683',
             '-1.03322686717359', '-0.511041056535807E-01', '1829.15146461355'],
            ['890420.383607373', '84.9149257747669', '0.334910077722432E-01', '0.488399681651699', '0.214274163161675',
             '0.226073200069370', '455.478499142212'], '304.854073561965', '0.995479004577296'),
    dataset('Wampler1', 'higher', polynomial(Fraction(1), 0), ONES, NOTHING, NOTHING[0], '1.00000000000000'),
    dataset('Wampler2', 'higher', polynomial(Fraction(1, 10), 0), TENTHS, NOTHING, NOTHING[0], '1.00000000000000'),
    dataset('Wampler3', 'higher', polynomial(Fraction(1), 1), ONES,
            ['2152.32624678170', '2363.55173469681', '779.343524331583', '101.475507550350', '5.64566512170752',
             '0.112324854679312'], '2360.14502379268', '0.999995559025820'),
    dataset('Wampler4', 'higher', polynomial(Fraction(1), 100), ONES,
            ['215232.624678170', '236355.173469681', '77934.3524331583', '10147.5507550350', '564.566512170752',
             '11.2324854679312'], '236014.502379268', '0.957478440825662'),
    dataset('Wampler5', 'higher', polynomial(Fraction(1), 10000), ONES,
            ['21523262.4678170', '23635517.3469681', '7793435.24331583', '1014755.07550350', '56456.6512170752',
             '1123.24854679312'], '23601450.2379268', '0.224668921574940E-02'),
]


def inverse(matrix):
    """By Gauss and Jordan; a matrix of fractions that is positive definite needs no exchange of rows."""
    size = len(matrix)
    rows = [[*row, *(Fraction(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for i in range(size):
        rows[i] = [x / rows[i][i] for x in rows[i]]
        rows = [row if j == i else [x - row[i] * y for x, y in zip(row, rows[i])] for j, row in enumerate(rows)]
    return [row[size:] for row in rows]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def root(fraction):
    return (Decimal(fraction.numerator) / Decimal(fraction.denominator)).sqrt()


def regression(features, targets):
    """(estimates, deviations, residual deviation, R²), exact but for the roots"""
    columns = [*zip(*([Fraction(1), *row] for row in features))]
    inverted = inverse([[dot(a, b) for b in columns] for a in columns])
    estimates = [dot(row, [dot(column, targets) for column in columns]) for row in inverted]
    squares = sum((y - dot([1, *row], estimates)) ** 2 for row, y in zip(features, targets))
    mean = sum(targets) / len(targets)
    variance = squares / (len(targets) - len(columns))
    deviations = [root(variance * inverted[i][i]) for i in range(len(columns))]
    return estimates, deviations, root(variance), 1 - squares / sum((y - mean) ** 2 for y in targets)


def check(name, computed, printed):
    """Half a unit of the last certified digit, and nothing more."""
    value = Decimal(printed)
    exact = computed if isinstance(computed, Decimal) else Decimal(computed.numerator) / Decimal(computed.denominator)
    assert abs(exact - value) <= Decimal((0, (5,), value.as_tuple().exponent - 1)), (name, exact, printed)


def curvatures(features):
    values = numpy.linalg.eigvalsh(numpy.corrcoef(features.T).reshape(features.shape[1], -1))
    return [float(f'{values[0]:.6g}'), float(f'{values[-1]:.6g}')]


def checked(name, level, data, estimates, deviations, residual, rSquared):
    features, targets = data
    exact = regression(features, targets)
    for computed, printed in zip([*exact[0], *exact[1], *exact[2:]], [*estimates, *deviations, residual, rSquared],
                                 strict=True):
        check(name, computed, printed)
    values = numpy.array(features, float)
    centred = ((values[:, :1] - 10) / 10) ** numpy.arange(1, 6) if name.startswith('Wampler') else None
    return dict(name=name, level=level, curvatures=curvatures(values),
                centredCurvatures=None if centred is None else curvatures(centred),
                features=[[float(x) for x in row] for row in features], targets=[float(y) for y in targets],
                estimates=[float(x) for x in estimates], deviations=[float(x) for x in deviations],
                residualDeviation=float(residual), rSquared=float(rSquared), nearest=[float(x) for x in exact[0]])


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=1, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


write(dict(versions=dict(numpy=version('numpy')), datasets=[checked(**each) for each in CERTIFIED]))
