"""Handwritten digits, 8 by 8 pixels: an image model whose input is no row of columns.

Data: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning
Repository, CC BY 4.0; ships with scikit-learn.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import pandas as pd  # noqa: E402
from common import data_of, environment, tensor, write  # noqa: E402
from skl2onnx import to_onnx  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.metrics import accuracy_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402

SEED = 7
data = load_digits()
X = (data.images / 16).astype(np.float32).reshape(-1, 64)
frame = pd.DataFrame(X, columns=data.feature_names).assign(digit=data.target)
train, test = train_test_split(np.arange(len(X)), test_size=0.3, random_state=SEED, stratify=data.target)
X_train, X_test, y_train, y_test = X[train], X[test], data.target[train], data.target[test]
lineage, registrations = data_of(HERE, {"training": frame.iloc[train], "validation": frame.iloc[test]}, {
    "source": "sklearn.datasets.load_digits",
    "licence": "CC-BY-4.0",
    "label": "digit",
    "description": "Optical Recognition of Handwritten Digits (Alpaydin and Kaynak): 8 by 8 pixels row by row, grey values from 0 to 1.",
})

model = MLPClassifier(hidden_layer_sizes=(96, 48), max_iter=400, random_state=SEED).fit(X_train, y_train)
score = lambda X, y: {"accuracy": float(accuracy_score(y, model.predict(X)))}  # noqa: E731

flat = to_onnx(model, X_train[:1], options={"zipmap": False})
# Images come as [N, 1, 8, 8]: flatten them in front of the converted graph.
graph = flat.graph
images = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])
graph.node.insert(0, helper.make_node("Flatten", ["image"], [graph.input[0].name], axis=1))
del graph.input[:]
graph.input.append(images)
onnx.checker.check_model(flat)

rows = X_test[:40]
description = {
    "endpoint": "digits",
    **registrations,
    "model": {"name": "digits", "task": "multiclass", "description": "Handwritten digits from images of 8 by 8 pixels.", "tags": {"domain": "vision", "licence": "CC-BY-4.0"}},
    "version": {
        "signature": {"classes": [str(i) for i in range(10)]},
        "lineage": {
            "datasets": lineage,
            "hyperparameters": {"hidden_layer_sizes": [96, 48], "max_iter": 400, "seed": SEED},
            "environment": environment("scikit-learn"),
            "preprocessing": [{"name": "scale", "description": "Grey values 0 to 16 divided by 16, before the graph"}],
        },
        "metrics": {"training": score(X_train, y_train), "validation": score(X_test, y_test)},
    },
}
expected = {
    "tolerance": 1e-5,
    "note": "The graph computes in float32.",
    "request": {"inputs": [{**tensor("image", rows), "shape": [len(rows), 1, 8, 8]}]},
    "outputs": {"label": model.predict(rows).tolist(), "probabilities": model.predict_proba(rows).ravel().tolist()},
}
write(HERE, flat, description, expected, frame.sample(100, random_state=SEED))
