"""Golden files of the safetensors library: writes safetensors.json beside itself, files in base64 and the bytes of their tensors in hex;
and networks of PyTorch, the files of their state_dict in base64 and what they answer, in float64, with the numbers of the file.

Run in a venv of Python 3.11, by -I since it has the name of what it imports:  pip install -r requirements.txt && python -I safetensors.py
Made with safetensors 0.8.0, torch 2.15.0 and numpy 2.4.6.
"""

import json
from base64 import b64encode
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from safetensors import TensorSpec, serialize
from safetensors.torch import save
from torch import nn

NAMES = dict(F64='float64', F32='float32', BF16='bfloat16', F16='float16', F8_E4M3='float8_e4m3fn', F8_E5M2='float8_e5m2', BOOL='bool',
             I64='int64', I32='int32', I16='int16', I8='int8', U64='uint64', U32='uint32', U16='uint16', U8='uint8')

# What numpy lacks is made of the upper halves of floats (BF16) or of bits.
TENSORS = {
    '0.weight': ('F32', np.arange(6, dtype=np.float32).reshape(2, 3) / 7),
    '0.bias': ('F32', np.array([-0.0, np.inf], dtype=np.float32)),
    '1.weight': ('F64', np.array([[1 / 3, -1e300]])),
    '2.running_mean': ('BF16', (np.array([1.5, -2.25], dtype=np.float32).view(np.uint32) >> 16).astype(np.uint16)),
    '2.running_var': ('F16', np.array([0.1, 65504], dtype=np.float16)),
    '2.num_batches_tracked': ('I64', np.array(2**53 + 1)),
    'unsigned': ('U64', np.array([2**64 - 1], dtype=np.uint64)),
    'mask': ('BOOL', np.array([True, False, True])),
    'bytes': ('U8', np.array([[[1], [255]]], dtype=np.uint8)),
    'signed': ('I8', np.array([-1], dtype=np.int8)),
    'short': ('I16', np.array([-2], dtype=np.int16)),
    'int': ('I32', np.array([-3], dtype=np.int32)),
    'unsigned short': ('U16', np.array([3], dtype=np.uint16)),
    'unsigned int': ('U32', np.array([4], dtype=np.uint32)),
    'tiny': ('F8_E4M3', np.array([0x38], dtype=np.uint8)),
    'tinier': ('F8_E5M2', np.array([0x3C], dtype=np.uint8)),
    'empty "ä\n': ('F32', np.zeros((3, 0), dtype=np.float32)),
}
CASES = [
    dict(tensors=TENSORS, metadata={'format': 'pt "ö" \n'}),
    dict(tensors={'w': TENSORS['0.weight']}, metadata=None),
    dict(tensors={}, metadata=None),
]


def spec(dtype, array):
    return TensorSpec(dtype=dtype, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes)


def case(tensors, metadata):
    specs = {name: spec(NAMES[kind], a) for name, (kind, a) in tensors.items()}
    stated = {name: dict(type=kind, shape=list(a.shape), bytes=a.tobytes().hex()) for name, (kind, a) in tensors.items()}
    return dict(file=b64encode(serialize(specs, metadata)).decode(), tensors=stated, metadata=metadata or {})


def network(dtype):
    torch.manual_seed(7)
    norms = [nn.BatchNorm1d(5), nn.ReLU(), nn.LayerNorm(5)]
    model = nn.Sequential(nn.Linear(3, 5), *norms, nn.Linear(5, 4, bias=False), nn.Linear(4, 2))
    model(torch.randn(16, 3))  # moves the running statistics
    model = model.eval().to(dtype)
    file = b64encode(save(model.state_dict(), {'format': 'pt'})).decode()
    features = torch.arange(6, dtype=torch.float64).reshape(2, 3) / 3 - 1
    return dict(file=file, features=features.flatten().tolist(), outputs=model.double()(features).flatten().tolist())


NETWORKS = dict(f32=torch.float32, f64=torch.float64, f16=torch.float16, bf16=torch.bfloat16)
versions = {name: version(name) for name in ['safetensors', 'torch', 'numpy']}
text = json.dumps(dict(versions=versions, cases=[case(**each) for each in CASES],
                       networks={name: network(dtype) for name, dtype in NETWORKS.items()}), indent=1)
Path(__file__).with_suffix('.json').write_text(text + '\n')
