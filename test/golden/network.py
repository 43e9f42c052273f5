"""Golden runs of small networks in PyTorch: writes network.json beside itself, all in float64.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P network.py
Made with torch 2.15.0.

Every case trains 5 full-batch steps. Parameters are named by their dense layer, weights are [outputs, inputs]. The
gradients are those of the first step, of the mean loss alone (no weight decay); each loss is the one before its step.
"""

import json
import re
from importlib.metadata import version
from math import sin
from pathlib import Path

import torch
from torch.nn import functional

STEPS = 5
EXAMPLES = 6
ACTIVATIONS = dict(relu=torch.relu, tanh=torch.tanh, sigmoid=torch.sigmoid, linear=lambda x: x)
LOSSES = dict(crossEntropy=functional.cross_entropy, meanSquaredError=functional.mse_loss)

CASES = [
    dict(inputs=4, layers=[[5, 'relu'], [3, 'linear']], loss='crossEntropy',
         optimizer=dict(learningRate=0.1, momentum=0.9, form='heavyBall', nesterov=False, weightDecay=0.0)),
    dict(inputs=3, layers=[[4, 'tanh'], [2, 'linear']], loss='meanSquaredError',
         optimizer=dict(learningRate=0.1, momentum=0.9, form='heavyBall', nesterov=True, weightDecay=0.01)),
    # A sigmoid at the end too: its derivative then meets the loss, not a layer.
    dict(inputs=2, layers=[[3, 'sigmoid'], [1, 'sigmoid']], loss='meanSquaredError',
         optimizer=dict(learningRate=0.5, momentum=0.0, form='heavyBall', nesterov=False, weightDecay=0.0)),
]


def matrix(rows, columns, phase):
    """sin(phase + 1), sin(phase + 2), … by rows; to four digits, the same whoever computes the sine."""
    return [[round(sin(phase + 1 + r * columns + c), 4) for c in range(columns)] for r in range(rows)]


def initial(inputs, layers):
    parameters = {}
    for i, (outputs, _) in enumerate(layers):
        parameters[f'{i}.weight'] = matrix(outputs, inputs, 10 * i)
        parameters[f'{i}.bias'] = matrix(1, outputs, 100 + 10 * i)[0]
        inputs = outputs
    return parameters


def answers(outputs, loss):
    if loss == 'crossEntropy':
        return dict(labels=[i % outputs for i in range(EXAMPLES)])
    return dict(targets=matrix(EXAMPLES, outputs, 300))


def forward(parameters, layers, x):
    for i, (_, activation) in enumerate(layers):
        x = ACTIVATIONS[activation](functional.linear(x, parameters[f'{i}.weight'], parameters[f'{i}.bias']))
    return x


def lists(parameters):
    return {name: parameter.tolist() for name, parameter in parameters.items()}


def train(inputs, layers, loss, optimizer):
    start = initial(inputs, layers)
    features = matrix(EXAMPLES, inputs, 200)
    goal = answers(layers[-1][0], loss)
    x = torch.tensor(features, dtype=torch.float64)
    y = torch.tensor(goal['labels']) if 'labels' in goal else torch.tensor(goal['targets'], dtype=torch.float64)
    parameters = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in start.items()}
    sgd = torch.optim.SGD(parameters.values(), lr=optimizer['learningRate'], momentum=optimizer['momentum'],
                          nesterov=optimizer['nesterov'], weight_decay=optimizer['weightDecay'])
    losses = []
    for step in range(STEPS):
        sgd.zero_grad()
        value = LOSSES[loss](forward(parameters, layers, x), y)
        value.backward()
        losses.append(value.item())
        if step == 0:
            gradients = lists({name: parameter.grad for name, parameter in parameters.items()})
        sgd.step()
    return dict(features=features, **goal, start=start, gradients=gradients, losses=losses,
                parameters=lists(parameters))


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=1, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


torch.set_num_threads(1)  # the order of a sum is then fixed
write(dict(versions=dict(torch=version('torch')), cases=[case | train(**case) for case in CASES]))
