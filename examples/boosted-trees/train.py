"""300 trees of depth 6 on 30 features: the model of the benchmarks. Tells odd from even digits.

Data: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning
Repository, CC BY 4.0; ships with scikit-learn. The features are the 30 pixels that vary most.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from common import data_of, environment, shortest, tensor, write  # noqa: E402
from skl2onnx import to_onnx  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.ensemble import GradientBoostingClassifier  # noqa: E402
from sklearn.metrics import accuracy_score, roc_auc_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402

SEED = 7
TREES = 300
DEPTH = 6
data = load_digits(as_frame=True)
chosen = sorted(data.data.var().nlargest(30).index)
names = [f"{name}" for name in chosen]
X = data.data[chosen].to_numpy(np.float32)
y = (data.target.to_numpy() % 2).astype(int)
frame = data.data[chosen].assign(parity=np.where(y == 1, "odd", "even"))
train, test = train_test_split(np.arange(len(X)), test_size=0.3, random_state=SEED, stratify=y)
X_train, X_test, y_train, y_test = X[train], X[test], y[train], y[test]
lineage, registrations = data_of(HERE, {"training": frame.iloc[train], "validation": frame.iloc[test]}, {
    "source": "sklearn.datasets.load_digits",
    "licence": "CC-BY-4.0",
    "label": "parity",
    "positive": "odd",
    "description": "Optical Recognition of Handwritten Digits (Alpaydin and Kaynak): 30 pixels, grey values 0 to 16.",
})

model = GradientBoostingClassifier(n_estimators=TREES, max_depth=DEPTH, learning_rate=0.05, max_features=6, random_state=SEED).fit(X_train, y_train)
score = lambda X, y: {"accuracy": float(accuracy_score(y, model.predict(X))), "rocAuc": float(roc_auc_score(y, model.predict_proba(X)[:, 1]))}  # noqa: E731

rows = X_test[:40]
description = {
    "endpoint": "odd-digits",
    **registrations,
    "model": {"name": "boosted-trees", "task": "binary", "description": "Odd or even, from 30 pixels of a handwritten digit; 300 trees of depth 6.", "tags": {"domain": "vision", "licence": "CC-BY-4.0"}},
    "version": {
        "signature": {"features": [{"name": n, "type": "number", "min": 0, "max": 16} for n in names], "classes": ["even", "odd"]},
        "lineage": {
            "datasets": lineage,
            "hyperparameters": {"n_estimators": TREES, "max_depth": DEPTH, "learning_rate": 0.05, "max_features": 6, "seed": SEED},
            "environment": environment("scikit-learn"),
        },
        "metrics": {"training": score(X_train, y_train), "validation": score(X_test, y_test)},
    },
}
expected = {
    "tolerance": 1e-5,
    "note": "The graph sums 300 float32 leaves, scikit-learn float64 ones.",
    "request": {"inputs": [{**tensor("X", rows), "data": shortest(rows)}]},
    "outputs": {"label": model.predict(rows).tolist(), "probabilities": model.predict_proba(rows).ravel().tolist()},
    "rows": [dict(zip(names, shortest(row))) for row in rows[:3]],
}
onnx_model = to_onnx(model, X_train[:1], options={"zipmap": False})
write(HERE, onnx_model, description, expected, frame.sample(200, random_state=SEED))
