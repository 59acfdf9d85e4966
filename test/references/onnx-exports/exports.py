"""The one line by which each library's models become ONNX, as docs/mlflow.md gives it: tried, and
compared with what the library itself predicts. Writes exports.json, and the models beside it."""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import lightgbm
import numpy as np
import onnx
import onnxruntime
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier

HERE = Path(__file__).parent
rng = np.random.default_rng(5)
n = 4
X = rng.normal(size=(200, n)).astype(np.float32)
y = (X[:, 0] - X[:, 1] + 0.3 * X[:, 2] > 0).astype(np.int64)


def scikit_learn():
    import skl2onnx

    model = RandomForestClassifier(5, max_depth=3, random_state=5).fit(X, y)
    return skl2onnx.to_onnx(model, X[:1]), model.predict_proba(X)


def of_xgboost():
    import onnxmltools

    model = xgboost.XGBClassifier(n_estimators=5, max_depth=3).fit(X, y)
    converted = onnxmltools.convert_xgboost(model, initial_types=[("X", FloatTensorType([None, n]))])
    return converted, model.predict_proba(X)


def of_lightgbm():
    import onnxmltools

    model = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(X, y)
    converted = onnxmltools.convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, n]))])
    return converted, model.predict_proba(X)


def of_pytorch():
    import torch

    torch.manual_seed(5)
    model = torch.nn.Sequential(torch.nn.Linear(n, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)).eval()
    x = torch.from_numpy(X[:2])
    batch = {0: torch.export.Dim("rows")}
    torch.onnx.export(model, (x,), "model.onnx", dynamic_shapes=(batch,), external_data=False)
    return onnx.load("model.onnx"), model(torch.from_numpy(X)).detach().numpy()


def of_keras():
    import keras

    keras.utils.set_random_seed(5)
    layers = [keras.layers.Input((n,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(X, y, epochs=1, verbose=0)
    model.export("model.onnx", format="onnx")
    return onnx.load("model.onnx"), model.predict(X, verbose=0)


LIBRARIES = {
    "scikit-learn": (scikit_learn, ["scikit-learn", "skl2onnx"]),
    "xgboost": (of_xgboost, ["xgboost", "onnxmltools"]),
    "lightgbm": (of_lightgbm, ["lightgbm", "onnxmltools"]),
    "torch": (of_pytorch, ["torch", "onnxscript"]),
    "keras": (of_keras, ["keras", "torch", "onnxscript"]),
}


def difference(model, expected):
    """Largest of a value, at a batch that the export did not see."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    answers = session.run(None, {session.get_inputs()[0].name: X})
    given = answers[-1]
    if isinstance(given, list):
        given = np.array([[row[k] for k in sorted(row)] for row in given])
    return float(np.abs(np.asarray(given) - expected).max())


def try_one(name, make, packages):
    model, expected = make()
    onnx.checker.check_model(model)
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())
    return {
        "versions": {name: version(name).split("+")[0] for name in packages},
        "opset": {entry.domain or "ai.onnx": entry.version for entry in model.opset_import},
        "ir": model.ir_version,
        "inputs": [
            [d.dim_param or d.dim_value for d in i.type.tensor_type.shape.dim] for i in model.graph.input
        ],
        "difference": difference(model, expected),
    }


if __name__ == "__main__":
    import tempfile

    os.chdir(tempfile.mkdtemp())
    found = {name: try_one(name, *how) for name, how in LIBRARIES.items()}
    (HERE / "exports.json").write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2), file=sys.stderr)
