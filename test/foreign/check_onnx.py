"""Whether onnx.checker takes each network that write.js wrote, and onnxruntime answers as ravine, within 1e-5:  check_onnx.py DIRECTORY"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

directory = Path(sys.argv[1])
TYPES = dict(f32=np.float32, f64=np.float64, u8=np.uint8)
worst = 0.0
cases = json.loads((directory / 'networks.json').read_text())
for case in cases:
    file = directory / f"{case['file']}.onnx"
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(file, providers=['CPUExecutionProvider'])
    feeds = {name: np.array(values, TYPES[case['type']]).reshape(-1, case['widths'][name]) for name, values in case['inputs'].items()}
    (outputs,) = session.run(None, feeds)
    expected = np.array(case['outputs']).reshape(outputs.shape)
    error = np.abs(outputs - expected).max()
    assert error <= 1e-5, f"{case['name']} in {case['dtype']}: {error}"
    worst = max(worst, error)
print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}: {len(cases)} networks, largest difference {worst:.1e}")
