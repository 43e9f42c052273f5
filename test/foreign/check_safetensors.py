"""Whether numpy, with the parameters out of each chain that write.js wrote by safetensors, answers as ravine, within 1e-5:
check_safetensors.py DIRECTORY"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import safetensors
from safetensors.numpy import load_file

directory = Path(sys.argv[1])
erf = np.vectorize(math.erf)
ACTIVATIONS = dict(
    linear=lambda x: x,
    relu=lambda x: np.maximum(x, 0),
    leakyRelu=lambda x: np.where(x > 0, x, 0.01 * x),
    elu=lambda x: np.where(x > 0, x, np.expm1(x)),
    softplus=lambda x: np.logaddexp(0, x),
    sigmoid=lambda x: 1 / (1 + np.exp(-x)),
    silu=lambda x: x / (1 + np.exp(-x)),
    tanh=np.tanh,
    gelu=lambda x: x * (1 + erf(x / math.sqrt(2))) / 2,
    geluTanh=lambda x: x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
)


def scaled(x, mean, variance, node, own):
    return (x - mean) / np.sqrt(variance + node['epsilon']) * own['weight'] + own['bias']


def answer(x, node, own):
    match node['op']:
        case 'dense':
            return ACTIVATIONS[node['activation']](x @ own['weight'].T + own.get('bias', 0))
        case 'activation':
            return ACTIVATIONS[node['activation']](x)
        case 'layerNorm':
            return scaled(x, x.mean(1, keepdims=True), x.var(1, keepdims=True), node, own)
        case 'batchNorm':
            return scaled(x, own['running_mean'], own['running_var'], node, own)
        case 'embedding':
            return own['weight'][x.astype(int)].reshape(len(x), -1)
        case 'dropout' | 'flatten':
            return x


worst, chains = 0.0, 0
for case in json.loads((directory / 'networks.json').read_text()):
    if not case['plain']:
        continue
    tensors = load_file(directory / f"{case['file']}.safetensors")
    x = np.array(case['inputs']['features']).reshape(-1, case['widths']['features'])
    for node in case['nodes']:
        prefix = f"{node['name']}."
        own = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
        x = answer(x, node, own)
    error = np.abs(x.ravel() - case['outputs']).max()
    assert error <= 1e-5, f"{case['name']} in {case['dtype']}: {error}"
    worst, chains = max(worst, error), chains + 1
print(f"safetensors {safetensors.__version__}, numpy {np.__version__}: {chains} networks, largest difference {worst:.1e}")
