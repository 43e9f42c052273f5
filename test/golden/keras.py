"""Golden files of Keras: writes keras.json beside itself, networks whose weights are in a safetensors file by their paths, in base64, and
what they answer.

Run in a venv of Python 3.11, by -I since it has the name of what it imports:  pip install -r requirements.txt && python -I keras.py
Made with keras 3.15.1 on torch 2.15.0, and safetensors 0.8.0. Layers are in ravine's words: dense has its outputs and activation.
"""

import json
import os
from base64 import b64encode
from importlib.metadata import version
from pathlib import Path

os.environ['KERAS_BACKEND'] = 'torch'
import keras
import numpy as np
from keras import layers
from safetensors.numpy import save

keras.utils.set_random_seed(7)
rng = np.random.default_rng(3)

# Squares, which do not tell whether they are turned, more than ten layers of a kind, and names of one's own.
CHAINS = dict(
    norms=(4, [['dense', 4, 'relu'], ['batchNorm', 1e-3], ['dropout', 0.5], ['dense', 4, 'tanh'], ['layerNorm', 1e-3], ['dense', 3, 'linear']]),
    many=(3, [['dense', 3, 'tanh']] * 11 + [['dense', 2, 'linear']]),
    ids=(2, [['embedding', 5, 3], ['flatten'], ['dense', 2, 'linear']]),
    named=(4, [['dense', 4, 'sigmoid', 'zeta'], ['dense', 4, 'elu', 'alpha'], ['dense', 4, 'linear', 'dense']]),
)


def layer(kind, *settings):
    match kind:
        case 'dense':
            return layers.Dense(settings[0], activation=settings[1], name=settings[2] if len(settings) > 2 else None)
        case 'batchNorm':
            return layers.BatchNormalization(epsilon=settings[0])
        case 'layerNorm':
            return layers.LayerNormalization(epsilon=settings[0])
        case 'dropout':
            return layers.Dropout(settings[0])
        case 'embedding':
            return layers.Embedding(*settings)
        case 'flatten':
            return layers.Flatten()


def network(inputs, chain):
    model = keras.Sequential([keras.Input((inputs,)), *[layer(*each) for each in chain]])
    for v in model.weights:
        v.assign(rng.uniform(0.5, 1.5, v.shape) if 'variance' in v.path else rng.normal(size=v.shape))
    features = rng.integers(0, 5, (6, inputs)) if chain[0][0] == 'embedding' else rng.normal(size=(6, inputs))
    features = features.astype(np.float32)
    file = b64encode(save({v.path: v.numpy() for v in model.variables})).decode()
    return dict(inputs=inputs, layers=chain, file=file, features=features.flatten().tolist(),
                outputs=model.predict(features, verbose=0).flatten().tolist())


versions = {name: version(name) for name in ['keras', 'torch', 'safetensors']}
text = json.dumps(dict(versions=versions, networks={name: network(*each) for name, each in CHAINS.items()}), indent=1)
Path(__file__).with_suffix('.json').write_text(text + '\n')
