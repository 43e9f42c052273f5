"""Classical models on real data by scikit-learn: writes classical.json beside itself, in float64.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P classical.py DATA
DATA holds california-housing/housing.csv (20,640 districts) and mnist/*.gz (the four files). Made with scikit-learn 1.9.1.

California housing: the eight numeric columns before median_house_value; rows without total_bedrooms are left out, which
leaves 20,433; of these, counted from 0, each fifth (4, 9, 14, …) is a test row and the others are training rows. Features
are standardised by mean and standard deviation (÷ n) of the training rows. The target is median_house_value / 100000.
`curvatures` are the least and the largest eigenvalue of their correlations: half those of the Hessian of `linear`.

    linear         mean (ŷ − y)²
    ridge          mean (ŷ − y)² + λ/2·‖w‖², the intercept free
    ridgeWithBias  the same, and λ/2·b² too: what weight decay of every parameter does

MNIST: pixels / 255, not centred; examples in the order of the files.

    logistic       3 (class 0) against 8 (class 1), all of them: mean log loss + λ/2·‖w‖², the intercept free
    multinomial    the first 10,000 training images, all test images: mean cross-entropy + λ/2·‖W‖², intercepts free
    hinge          3 (−1) against 8 (+1): mean max(0, 1 − y·s) + λ/2·(‖w‖² + b²), the intercept decays as liblinear has it
    squaredHinge   mean max(0, 1 − y·s)² + λ/2·(‖w‖² + b²)

λ is ravine's weightDecay with form 'heavyBall' and coupled decay: the gradient of λ/2·‖w‖² is λw. Of each model there are
`objective` with the decay and `loss` without, on the training examples, what it does on the test examples, the intercept,
and coefficients: all of them for California, those of the middle row of pixels (14) for MNIST, of class 8 in multinomial.

`excess` bounds how far the objective lies above its minimum: ‖gradient‖² / 2λ where the function is smooth, for it is
λ-strongly convex in the weights (the free intercepts, whose gradient is zero to the last digits, apart); for the hinge it
is the gap between the objective and that of a dual solution, found by coordinate ascent in this script. A minimiser w of
objective f + excess lies within √(2·excess/λ) of the minimum.
"""

import csv
import gzip
import json
import re
import sys
from importlib.metadata import version
from pathlib import Path

import numpy
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.svm import LinearSVC

DATA = Path(sys.argv[1])
RIDGE_DECAY = 0.1
DECAY = 0.01
MIDDLE = slice(14 * 28, 15 * 28)


def california():
    rows = list(csv.reader((DATA / 'california-housing/housing.csv').open()))[1:]
    table = numpy.array([[float(x) for x in row[:9]] for row in rows if row[4]])
    test = numpy.arange(len(table)) % 5 == 4
    features, targets = table[:, :8], table[:, 8] / 100000
    mean, deviation = features[~test].mean(0), features[~test].std(0)
    features = (features - mean) / deviation
    return (features[~test], targets[~test]), (features[test], targets[test]), dict(means=mean, deviations=deviation)


def idx(name):
    raw = gzip.open(DATA / 'mnist' / name).read()
    sizes = numpy.frombuffer(raw[4:4 + 4 * raw[3]], '>u4')
    return numpy.frombuffer(raw[4 + 4 * raw[3]:], numpy.uint8).reshape(sizes)


def mnist(part):
    return idx(f'{part}-images-idx3-ubyte.gz').reshape(-1, 784) / 255, idx(f'{part}-labels-idx1-ubyte.gz')


def threes_and_eights(images, labels):
    """(images, 0 for a 3 and 1 for an 8)"""
    either = (labels == 3) | (labels == 8)
    return images[either], (labels[either] == 8).astype(int)


def squares(model, train, test, decay, bias):
    def loss(data):
        return numpy.mean((data[0] @ model.coef_ + model.intercept_ - data[1]) ** 2)
    penalty = decay / 2 * (model.coef_ @ model.coef_ + bias * model.intercept_ ** 2)
    return dict(weightDecay=decay, objective=loss(train) + penalty, loss=loss(train), testLoss=loss(test),
                testRSquared=1 - loss(test) / test[1].var(), intercept=model.intercept_, coefficients=model.coef_)


class WithBias:
    """Ridge with a column of ones: its weight is the intercept, and decays as the others."""

    def __init__(self, features, targets, alpha):
        ones = numpy.column_stack([features, numpy.ones(len(features))])
        weights = Ridge(alpha=alpha, fit_intercept=False, solver='cholesky').fit(ones, targets).coef_
        self.coef_, self.intercept_ = weights[:-1], weights[-1]


def regressions():
    train, test, scaling = california()
    # scikit-learn sums the squares: its α is n·λ/2.
    alpha = len(train[0]) * RIDGE_DECAY / 2
    curvatures = [float(f'{x:.6g}') for x in numpy.linalg.eigvalsh(numpy.corrcoef(train[0].T))]
    return dict(
        california=dict(train=len(train[0]), test=len(test[0]), **scaling, curvatures=[curvatures[0], curvatures[-1]]),
        linear=squares(LinearRegression().fit(*train), train, test, 0.0, 0),
        ridge=squares(Ridge(alpha=alpha, solver='cholesky').fit(*train), train, test, RIDGE_DECAY, 0),
        ridgeWithBias=squares(WithBias(*train, alpha), train, test, RIDGE_DECAY, 1),
    )


def cross_entropy(scores, labels):
    """(mean loss, its gradient in the scores)"""
    shifted = scores - scores.max(1, keepdims=True)
    logs = shifted - numpy.log(numpy.exp(shifted).sum(1, keepdims=True))
    chosen = numpy.eye(scores.shape[1])[labels]
    return -(logs * chosen).sum(1).mean(), (numpy.exp(logs) - chosen) / len(labels)


def logistic(train, test, of_class):
    model = LogisticRegression(C=1 / (len(train[0]) * DECAY), tol=1e-12, max_iter=100000).fit(*train)
    two = len(model.classes_) == 2
    scores = model.decision_function(train[0])
    loss, slope = cross_entropy(numpy.column_stack([0 * scores, scores]) if two else scores, train[1])
    slope = slope[:, 1:] if two else slope
    gradient = numpy.linalg.norm(slope.T @ train[0] + DECAY * model.coef_)
    return dict(weightDecay=DECAY, objective=loss + DECAY / 2 * (model.coef_ ** 2).sum(), loss=loss,
                excess=gradient ** 2 / (2 * DECAY), interceptGradient=abs(slope.sum(0)).max(),
                testAccuracy=model.score(*test), intercept=model.intercept_[of_class],
                coefficients=model.coef_[of_class, MIDDLE])


def dual_hinge(features, signs):
    """The largest of mean α − ‖Σ αᵢyᵢxᵢ‖² / 2λn² over 0 ≤ α ≤ 1, nearly: by coordinate ascent in random order."""
    scale = DECAY * len(features)
    alphas, weights = numpy.zeros(len(features)), numpy.zeros(features.shape[1])
    signed = features * signs[:, None]
    norms = (features ** 2).sum(1) / scale
    draw = numpy.random.default_rng(1)
    for _ in range(60):
        for i in draw.permutation(len(features)):
            better = min(1.0, max(0.0, alphas[i] + (1 - signed[i] @ weights) / norms[i]))
            if better != alphas[i]:
                weights += (better - alphas[i]) / scale * signed[i]
                alphas[i] = better
    return alphas.mean() - DECAY / 2 * weights @ weights


def machine(train, test, loss):
    hinge, n = loss == 'hinge', len(train[0])
    model = LinearSVC(C=1 / (n * DECAY), loss=loss, dual=hinge, tol=1e-10, max_iter=10_000_000, random_state=1)
    model.fit(*train)
    ones = numpy.column_stack([train[0], numpy.ones(n)])
    weights, signs = numpy.append(model.coef_, model.intercept_), 2 * train[1] - 1
    below = numpy.maximum(0, 1 - signs * (ones @ weights))
    mean = below.mean() if hinge else (below ** 2).mean()
    objective = mean + DECAY / 2 * weights @ weights
    gradient = DECAY * weights - 2 * ones.T @ (signs * below) / n
    excess = objective - dual_hinge(ones, signs) if hinge else gradient @ gradient / (2 * DECAY)
    return dict(weightDecay=DECAY, objective=objective, loss=mean, excess=excess, testAccuracy=model.score(*test),
                intercept=model.intercept_[0], coefficients=model.coef_[0, MIDDLE])


def classifiers():
    train, test = mnist('train'), mnist('t10k')
    two = threes_and_eights(*train), threes_and_eights(*test)
    return dict(
        mnist=dict(train=[len(two[0][0]), 10000], test=[len(two[1][0]), 10000]),
        logistic=logistic(*two, 0),
        multinomial=logistic((train[0][:10000], train[1][:10000]), test, 8),
        hinge=machine(*two, 'hinge'),
        squaredHinge=machine(*two, 'squared_hinge'),
    )


def plain(value):
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return numpy.asarray(value).tolist()


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=1, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


write(dict(versions={name: version(name) for name in ['scikit-learn', 'scipy', 'numpy']},
           **plain(regressions() | classifiers())))
