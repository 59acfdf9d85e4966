"""What every training script here does with its result."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np


# Larger tables are named in the lineage by their digest only.
MAX_BYTES = 150_000


def as_csv(frame) -> bytes:
    return frame.to_csv(index=False, float_format="%.9g", lineterminator="\n").encode()


def data_of(folder, tables: dict, about: dict) -> tuple[list, dict]:
    """Writes training.csv and validation.csv, where they are small.

    `tables`: the rows by role; `about`: source, licence, label, description and, where there are
    such, protected and positive. Returns what the lineage says of the tables, and how to register
    those that were written: the platform finds them by name and SHA-256.
    """
    source, facts = about["source"], {key: value for key, value in about.items() if key != "source"}
    lineage, registrations = [], {}
    for role, frame in tables.items():
        name, text = f"{Path(folder).name}-{role}", as_csv(frame)
        digest = hashlib.sha256(text).hexdigest()
        lineage.append({"name": name, "digest": digest, "role": role, "source": source, "licence": facts["licence"], "rows": len(frame)})
        if len(text) <= MAX_BYTES:
            (Path(folder) / f"{role}.csv").write_bytes(text)
            key = "dataset" if role == "validation" else "trainingDataset"
            registrations[key] = {"name": name, "role": role, "protected": [], **facts}
    return lineage, registrations


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


def write(folder, onnx_model, description: dict, expected: dict, sample) -> None:
    out = Path(folder)
    write_model(out, onnx_model, expected)
    write_json(out / "model.json", description)
    (out / "sample.csv").write_bytes(as_csv(sample))
    report(out, description["version"])


def write_version(folder, onnx_model, version: dict, expected: dict) -> None:
    """A further version of an example's model."""
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    write_model(out, onnx_model, expected)
    write_json(out / "version.json", version)
    report(out, version)


def write_model(out: Path, onnx_model, expected: dict) -> None:
    # The converter lists its operator sets in the order of a hash, other in each process.
    onnx_model.opset_import.sort(key=lambda opset: opset.domain)
    (out / "model.onnx").write_bytes(onnx_model.SerializeToString())
    (out / "expected.json").write_text(json.dumps(expected) + "\n")


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n")


def report(out: Path, version: dict) -> None:
    print(f"{out.name}: {(out / 'model.onnx').stat().st_size} bytes, {version['metrics']}")
