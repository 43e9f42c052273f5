"""Golden metrics of scikit-learn: writes metrics.json beside itself.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P metrics.py
Made with scikit-learn (its version is in the JSON).

Each case has outputs [examples, outputs] of a network, what they should have been, and the metrics. Among the outputs are ties, and
among the classes one that is never said and one that never is.
"""

import json
import re
from importlib.metadata import version
from math import cos, sin
from pathlib import Path

import numpy
from sklearn import metrics

EXAMPLES = 40


def rows(width, scale, phase, function=sin, digits=1):
    return [[round(scale * function(phase + 1.7 * r * width + c), digits) for c in range(width)] for r in range(EXAMPLES)]


def of_classes(actual, said):
    options = dict(average='macro', zero_division=0)
    return dict(accuracy=metrics.accuracy_score(actual, said),
                precision=metrics.precision_score(actual, said, **options),
                recall=metrics.recall_score(actual, said, **options),
                f1=metrics.f1_score(actual, said, **options))


def classes(width):
    outputs = rows(width, 2, 3)
    # The last class never is; the first is said only where it is by far the largest.
    labels = [(3 * r + r // 7) % (width - 1) for r in range(EXAMPLES)]
    scores = numpy.array(outputs) - 1.9 * (numpy.arange(width) == 0)
    said = scores.argmax(1)
    return dict(outputs=scores.tolist(), labels=labels, **of_classes(labels, said),
                confusionMatrix=metrics.confusion_matrix(labels, said, labels=range(width)).tolist(),
                top2=metrics.top_k_accuracy_score(labels, scores + 1e-9 * numpy.arange(width, 0, -1), k=2, labels=range(width)))


def binary(threshold):
    outputs = rows(1, 2, 5)
    labels = [int(sin(5 + 1.7 * r) + 0.9 * cos(3.1 * r) > 0) for r in range(EXAMPLES)]
    said = [int(row[0] > threshold) for row in outputs]
    options = dict(zero_division=0)
    return dict(outputs=outputs, labels=labels, threshold=threshold,
                precision=metrics.precision_score(labels, said, **options),
                recall=metrics.recall_score(labels, said, **options),
                f1=metrics.f1_score(labels, said, **options),
                confusionMatrix=metrics.confusion_matrix(labels, said, labels=[0, 1]).tolist(),
                auc=metrics.roc_auc_score(labels, [row[0] for row in outputs]))


def regression(width):
    outputs, targets = rows(width, 2, 7, digits=3), rows(width, 1.8, 7.2, digits=3)
    return dict(outputs=outputs, targets=targets,
                meanAbsoluteError=metrics.mean_absolute_error(targets, outputs),
                meanSquaredError=metrics.mean_squared_error(targets, outputs),
                rSquared=metrics.r2_score(targets, outputs))


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=1, allow_nan=False, default=float)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


write(dict(versions={'scikit-learn': version('scikit-learn')},
           classes=[classes(3), classes(5)],
           binary=[binary(0.0), binary(0.75), binary(-5.0), binary(5.0)],
           regression=[regression(1), regression(3)]))
