"""What every training script here does with its result."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np


def digest(array_or_frame) -> str:
    """SHA-256 of the data as CSV text."""
    text = array_or_frame.to_csv(index=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def environment(framework: str) -> dict:
    packages = ["numpy", "scikit-learn", "skl2onnx", "onnx"]
    return {
        "framework": framework,
        "frameworkVersion": version(framework),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
    }


def tensor(name: str, array: np.ndarray) -> dict:
    """An Open Inference Protocol input."""
    datatype = {"f": "FP32", "i": "INT64"}.get(array.dtype.kind, "BYTES")
    return {"name": name, "shape": list(array.shape), "datatype": datatype, "data": array.ravel().tolist()}


def shortest(array: np.ndarray) -> list:
    """Numbers as the shortest text that means the same float32."""
    return [float(str(np.float32(x))) for x in np.ravel(array)]


def write(folder: str, onnx_model, description: dict, expected: dict, sample) -> None:
    out = Path(folder)
    # The converter lists its operator sets in the order of a hash, other in each process.
    onnx_model.opset_import.sort(key=lambda opset: opset.domain)
    (out / "model.onnx").write_bytes(onnx_model.SerializeToString())
    (out / "model.json").write_text(json.dumps(description, indent=2) + "\n")
    (out / "expected.json").write_text(json.dumps(expected) + "\n")
    sample.to_csv(out / "sample.csv", index=False)
    print(f"{out.name}: {(out / 'model.onnx').stat().st_size} bytes, {description['version']['metrics']}")
