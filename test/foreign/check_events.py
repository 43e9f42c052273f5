"""Whether tensorboard reads the event files that write.js wrote, as the history and the parameters say:  check_events.py DIRECTORY"""

import json
import sys
from pathlib import Path

import numpy as np
import tensorboard
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util import tensor_util

directory = Path(sys.argv[1])
said = json.loads((directory / 'events.json').read_text())
history, last = said['history'], said['last']


def of(run):
    """As its server reads a run: numbers and buckets [left, right, count] by tag, with their steps."""
    tags = {}
    (file,) = (directory / 'events' / run).iterdir()
    for event in EventFileLoader(str(file)).Load():
        for value in event.summary.value:
            tags.setdefault(value.tag, []).append((event.step, tensor_util.make_ndarray(value.tensor)))
    return tags


def check_scalars(run, tag, name):
    found = [(step, float(value)) for step, value in run[tag]]
    expected = [(entry['steps'], float(np.float32(entry[name]))) for entry in history]
    assert found == expected, f'{tag}: {found}, not {expected}'


def check_histogram(run, tag, numbers):
    assert [step for step, _ in run[tag]] == [entry['steps'] for entry in history]
    buckets = run[tag][-1][1]
    numbers = np.array(numbers)
    assert (buckets[0, 0], buckets[-1, 1], buckets[:, 2].sum()) == (numbers.min(), numbers.max(), len(numbers)), tag
    # A number on an edge may be counted on either side of it.
    counts, _ = np.histogram(numbers, np.append(buckets[:, 0], buckets[-1, 1]))
    assert np.abs(np.cumsum(counts) - np.cumsum(buckets[:, 2])).max() <= 1, tag


train, validation = of('train'), of('validation')
for name in ['loss', 'accuracy', 'learningRate', 'seconds']:
    check_scalars(train, f'epoch/{name}', name)
check_scalars(validation, 'epoch/loss', 'validationLoss')
check_scalars(validation, 'epoch/accuracy', 'validationAccuracy')
assert all(float(momentum) == np.float32(0.9) for _, momentum in train['step/momentum'])
assert len(train['step/loss']) == len(train['step/learningRate']) > len(history)
for group, arrays in last.items():
    for name, numbers in arrays.items():
        check_histogram(train, f'{group}/{name}', numbers)
print(f'tensorboard {tensorboard.version.VERSION}: {len(train) + len(validation)} tags as the history has them')
