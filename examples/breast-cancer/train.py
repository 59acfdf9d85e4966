"""Logistic regression on the Wisconsin breast cancer data, scaling inside the graph.

Data: Breast Cancer Wisconsin (Diagnostic), W. Wolberg et al., UCI Machine Learning Repository,
CC BY 4.0; ships with scikit-learn. Ends in ZipMap, as scikit-learn's converters do by default.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from common import data_of, environment, shortest, tensor, write  # noqa: E402
from skl2onnx import to_onnx  # noqa: E402
from sklearn.datasets import load_breast_cancer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import accuracy_score, roc_auc_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

SEED = 7
data = load_breast_cancer(as_frame=True)
names = [name.replace(" ", "_") for name in data.feature_names]
X, y = data.data.to_numpy(np.float32), data.target.to_numpy()
frame = data.data.set_axis(names, axis=1).assign(diagnosis=np.where(y == 1, "benign", "malignant"))
train, test = train_test_split(np.arange(len(X)), test_size=0.3, random_state=SEED, stratify=y)
X_train, X_test, y_train, y_test = X[train], X[test], y[train], y[test]
lineage, registrations = data_of(HERE, {"training": frame.iloc[train], "validation": frame.iloc[test]}, {
    "source": "sklearn.datasets.load_breast_cancer",
    "licence": "CC-BY-4.0",
    "label": "diagnosis",
    "positive": "malignant",
    "description": "Breast Cancer Wisconsin (Diagnostic): measurements of cell nuclei in images of breast masses.",
})

model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, C=1.0)).fit(X_train, y_train)
score = lambda X, y: {"accuracy": float(accuracy_score(y, model.predict(X))), "rocAuc": float(roc_auc_score(y, model.predict_proba(X)[:, 1]))}  # noqa: E731

rows = X_test[:40]
description = {
    "endpoint": "tumours",
    **registrations,
    "model": {"name": "breast-cancer", "task": "binary", "description": "Malignant or benign, from 30 measurements of cell nuclei.", "tags": {"domain": "medicine", "licence": "CC-BY-4.0"}},
    "version": {
        "signature": {"features": [{"name": n, "type": "number", "min": 0} for n in names], "classes": ["malignant", "benign"]},
        "lineage": {
            "datasets": lineage,
            "hyperparameters": {"C": 1.0, "max_iter": 1000, "seed": SEED},
            "environment": environment("scikit-learn"),
            "preprocessing": [{"name": "StandardScaler", "description": "Inside the graph"}],
        },
        "metrics": {"training": score(X_train, y_train), "validation": score(X_test, y_test)},
        "description": "Scaled logistic regression",
    },
}
expected = {
    "tolerance": 1e-5,
    "note": "The graph computes in float32, scikit-learn in float64.",
    "request": {"inputs": [{**tensor("X", rows), "data": shortest(rows)}]},
    "outputs": {"output_label": model.predict(rows).tolist(), "output_probability": model.predict_proba(rows).ravel().tolist()},
    "rows": [dict(zip(names, shortest(row))) for row in rows[:3]],
}
write(HERE, to_onnx(model, X_train[:1]), description, expected, frame.sample(200, random_state=SEED))
