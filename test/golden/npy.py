"""Golden files of numpy: writes npy.json beside itself, npy and npz files in base64 with their shapes and numbers.

Run in a venv of Python 3.11:  pip install -r requirements.txt && python -P npy.py
"""

import json
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from warnings import simplefilter

import numpy as np
from numpy.lib import format

simplefilter('ignore')

WHOLE = [0, 1, 2, 3, 100, 127]
ARRAYS = {
    **{name: np.array(WHOLE, dtype=name).reshape(2, 3) for name in ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', '>u2', '>i2', '>u4', '>i4', '>u8', '>i8']},
    **{name: np.array([0, -0.5, 1, 65504, 2**-24, -3.25], dtype=name).reshape(3, 2) for name in ['f2', 'f4', 'f8', '>f2', '>f4', '>f8']},
    'negative i8': np.array([-(2**53) + 1, 2**53 - 1]),
    'bool': np.array([True, False, True]),
    'no axes': np.array(7.5),
    'no elements': np.zeros((3, 0), dtype='f4'),
    'fortran': np.asfortranarray(np.arange(6, dtype='f4').reshape(2, 3)),
    'fortran of three axes': np.asfortranarray(np.arange(24, dtype='i2').reshape(2, 3, 4)),
    'fortran of big-endian doubles': np.asfortranarray(np.arange(6, dtype='>f8').reshape(3, 2)),
}
REFUSED = {
    'complex': np.array([1j]),
    'text': np.array(['a']),
    'dates': np.array(['2026-01-01'], dtype='M8[D]'),
    'records': np.array([(1, 2.0)], dtype=[('a', 'i4'), ('b', 'f8')]),
    'long doubles': np.array([1], dtype='f16'),
    'too large': np.array([2**53]),
}


def npy(array, version=None):
    file = BytesIO()
    format.write_array(file, array, version=version)
    return file.getvalue()


def npz(save, **arrays):
    file = BytesIO()
    save(file, **arrays)
    return file.getvalue()


def text(file):
    return b64encode(file).decode()


def case(name, file, array):
    return {'name': name, 'file': text(file), 'shape': array.shape, 'data': array.astype(float).ravel().tolist()}


X, Y = np.arange(6, dtype='f4').reshape(3, 2), np.array([2, 0, 1])
golden = {
    'numpy': np.__version__,
    'npy': [case(name, npy(array), array) for name, array in ARRAYS.items()]
    + [case(f'version {version[0]}', npy(X, version), X) for version in [(2, 0), (3, 0)]],
    'refused': [{'name': name, 'file': text(npy(array))} for name, array in REFUSED.items()],
    'npz': [{'name': save.__name__, 'file': text(npz(save, x=X, y=Y))} for save in [np.savez, np.savez_compressed]],
}
Path(__file__).with_suffix('.json').write_text(json.dumps(golden, indent=1) + '\n')
