"""Golden runs of small networks with other layers than dense ones in PyTorch: writes layers.json beside itself, in float64.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P layers.py
Made with torch 2.15.0.

Every case trains 6 steps of the mean squared error by SGD with momentum, on two batches by turns, the second of which is
smaller. Layers are in ravine's words: dense has its number of outputs, embedding its count and width, the others none.
Parameters and running statistics are named as PyTorch names them in a Sequential. A case has those at the start and at the
end, the gradients of the first step, the loss before each step, and what the network then says of both batches when it
predicts: with running statistics instead of the batch's own.
"""

import json
import re
from importlib.metadata import version
from math import sin
from pathlib import Path

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)  # the order of a sum is then fixed

STEPS = 6
SIZES = [6, 4]
SGD = dict(learningRate=0.125, momentum=0.9)

NUMBERS, INDICES = 3, 2
CASES = [
    dict(inputs=NUMBERS, layers=[['dense', 5], ['batchNorm'], ['relu'], ['dense', 2]]),
    dict(inputs=NUMBERS, layers=[['batchNorm'], ['dense', 4], ['tanh'], ['batchNorm'], ['dense', 1]]),
    dict(inputs=NUMBERS, layers=[['dense', 5], ['layerNorm'], ['tanh'], ['dense', 2]]),
    dict(inputs=NUMBERS, layers=[['layerNorm'], ['dense', 4], ['sigmoid'], ['layerNorm'], ['dense', 2]]),
    dict(inputs=INDICES, layers=[['embedding', 7, 3], ['flatten'], ['dense', 2]]),
    dict(inputs=INDICES, layers=[['embedding', 7, 2], ['flatten'], ['dense', 4], ['batchNorm'], ['tanh'], ['dense', 1]]),
    dict(inputs=NUMBERS, layers=[['dense', 4], ['leakyRelu'], ['dense', 4], ['elu'], ['dense', 3], ['softplus'], ['dense', 2]]),
    dict(inputs=NUMBERS, layers=[['dense', 4], ['gelu'], ['dense', 4], ['geluTanh'], ['dense', 3], ['silu'], ['dense', 2]]),
]

ACTIVATIONS = dict(relu=nn.ReLU, tanh=nn.Tanh, sigmoid=nn.Sigmoid, leakyRelu=nn.LeakyReLU, elu=nn.ELU,
                   softplus=nn.Softplus, gelu=nn.GELU, geluTanh=lambda: nn.GELU(approximate='tanh'), silu=nn.SiLU)


def module(width, layer, *sizes):
    """A layer that reads `width` numbers, and how many it makes."""
    match layer:
        case 'dense':
            return nn.Linear(width, sizes[0]), sizes[0]
        case 'embedding':
            return nn.Embedding(*sizes), width * sizes[1]
        case 'batchNorm':
            return nn.BatchNorm1d(width), width
        case 'layerNorm':
            return nn.LayerNorm(width), width
        case 'flatten':
            return nn.Flatten(), width
        case _:
            return ACTIVATIONS[layer](), width


def build(inputs, layers):
    modules, width = [], inputs
    for layer in layers:
        made, width = module(width, *layer)
        modules.append(made)
    return nn.Sequential(*modules), width


def wave(shape, phase):
    """sin(phase + 1), sin(phase + 2), … in a shape; to four digits, the same whoever computes the sine."""
    count = torch.Size(shape).numel()
    return torch.tensor([round(sin(phase + 1 + i), 4) for i in range(count)]).reshape(shape)


def features(inputs, size, phase):
    if inputs == INDICES:
        return torch.tensor([[(3 * i + phase) % 7, (5 * i + 2 * phase + 1) % 7] for i in range(size)])
    return 2 * wave([size, inputs], phase)


def kept(network):
    """Parameters and running statistics, but the count of batches that PyTorch keeps beside them."""
    state = network.state_dict()
    return {name: value.tolist() for name, value in state.items() if not name.endswith('num_batches_tracked')}


def train(inputs, layers):
    network, width = build(inputs, layers)
    with torch.no_grad():
        for place, parameter in enumerate(network.parameters()):
            parameter.add_(wave(parameter.shape, 10 * place) - parameter)
    batches = [(features(inputs, size, 200 + i), wave([size, width], 300 + i)) for i, size in enumerate(SIZES)]
    optimizer = torch.optim.SGD(network.parameters(), lr=SGD['learningRate'], momentum=SGD['momentum'])
    start, losses = kept(network), []
    for step in range(STEPS):
        x, y = batches[step % 2]
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(network(x), y)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            gradients = {name: parameter.grad.tolist() for name, parameter in network.named_parameters()}
        optimizer.step()
    network.eval()
    return dict(optimizer=SGD, batches=[dict(features=x.tolist(), targets=y.tolist()) for x, y in batches], start=start,
                gradients=gradients, losses=losses, parameters=kept(network),
                predictions=[network(x).tolist() for x, _ in batches])


def write(golden):
    """JSON with every innermost list or object on one line; json writes a double by its repr, which loses nothing."""
    text = json.dumps(golden, indent=0, allow_nan=False)
    text = re.sub(r'[\[{][^\[\]{}]*[\]}]', lambda row: ' '.join(row[0].split()), text)
    Path(__file__).with_suffix('.json').write_text(text + '\n')


write(dict(versions=dict(torch=version('torch')), cases=[case | train(**case) for case in CASES]))
