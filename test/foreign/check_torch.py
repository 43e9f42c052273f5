"""Whether PyTorch, with the parameters out of each chain that write.js wrote by safetensors, answers as ravine, within 1e-5:
check_torch.py DIRECTORY"""

import json
import sys
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load_file
from torch import nn

directory = Path(sys.argv[1])
DTYPES = dict(f32=torch.float32, f64=torch.float64)
ACTIVATIONS = dict(relu=nn.ReLU, tanh=nn.Tanh, sigmoid=nn.Sigmoid, leakyRelu=nn.LeakyReLU, elu=nn.ELU, softplus=nn.Softplus,
                   gelu=nn.GELU, geluTanh=lambda: nn.GELU(approximate='tanh'), silu=nn.SiLU, linear=nn.Identity)


class Rows(nn.Embedding):
    def forward(self, ids):
        return super().forward(ids.long()).flatten(1)


def modules(node):
    match node['op']:
        case 'dense':
            yield node['name'], nn.Linear(node['inputs'], node['outputs'], bias=node['bias'])
            if node['activation'] != 'linear':
                yield f"{node['name']} activation", ACTIVATIONS[node['activation']]()
        case 'activation':
            yield node['name'], ACTIVATIONS[node['activation']]()
        case 'dropout':
            yield node['name'], nn.Dropout(node['rate'])
        case 'layerNorm':
            yield node['name'], nn.LayerNorm(node['inputs'], eps=node['epsilon'])
        case 'batchNorm':
            yield node['name'], nn.BatchNorm1d(node['inputs'], eps=node['epsilon'])
        case 'embedding':
            yield node['name'], Rows(node['count'], node['width'])
        case 'flatten':
            yield node['name'], nn.Flatten()


worst, chains = 0.0, 0
for case in json.loads((directory / 'networks.json').read_text()):
    if not case['plain']:
        continue
    network = nn.Sequential()
    for node in case['nodes']:
        for name, module in modules(node):
            network.add_module(name, module)
    network = network.to(DTYPES[case['dtype']])
    tensors = load_file(directory / f"{case['file']}.safetensors")
    ours = {name: tensor for name, tensor in tensors.items() if not name.startswith('optimizer.')}
    missing, unexpected = network.load_state_dict(ours, strict=False)
    assert not unexpected and all(name.endswith('num_batches_tracked') for name in missing), (missing, unexpected)
    features = torch.tensor(case['inputs']['features'], dtype=DTYPES[case['dtype']]).reshape(-1, case['widths']['features'])
    outputs = network.eval()(features).detach().flatten().double()
    error = (outputs - torch.tensor(case['outputs'], dtype=torch.float64)).abs().max().item()
    assert error <= 1e-5, f"{case['name']} in {case['dtype']}: {error}"
    worst, chains = max(worst, error), chains + 1
print(f"safetensors {safetensors.__version__}, torch {torch.__version__}: {chains} networks, largest difference {worst:.1e}")
