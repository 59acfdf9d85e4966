"""300 trees of depth 6 on 30 features: the model of the benchmarks.

Data: Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning Repository, CC BY 4.0. The 30
measurements are the features; the target is the worst area of the same nuclei with its own column
replaced by noise, so that the trees grow deep enough to be a realistic load.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from common import digest, environment, shortest, tensor, write  # noqa: E402
from skl2onnx import to_onnx  # noqa: E402
from sklearn.datasets import load_breast_cancer  # noqa: E402
from sklearn.ensemble import GradientBoostingClassifier  # noqa: E402
from sklearn.metrics import accuracy_score, roc_auc_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402

SEED = 7
TREES = 300
DEPTH = 6
data = load_breast_cancer(as_frame=True)
names = [name.replace(" ", "_") for name in data.feature_names]
rng = np.random.default_rng(SEED)
X = data.data.to_numpy(np.float32).copy()
area = data.feature_names.tolist().index("worst area")
noisy = np.log(X[:, area]) + rng.normal(0, 0.35, len(X))
y = (noisy > np.median(noisy)).astype(int)
X[:, area] = rng.normal(880, 560, len(X)).clip(180)
frame = data.data.assign(target=y)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=SEED, stratify=y)

model = GradientBoostingClassifier(n_estimators=TREES, max_depth=DEPTH, learning_rate=0.02, max_features=6, random_state=SEED).fit(X_train, y_train)
score = lambda X, y: {"accuracy": float(accuracy_score(y, model.predict(X))), "rocAuc": float(roc_auc_score(y, model.predict_proba(X)[:, 1]))}  # noqa: E731

rows = X_test[:40]
description = {
    "endpoint": "boosted-trees",
    "model": {"name": "boosted-trees", "task": "binary", "description": "300 trees of depth 6 on 30 features.", "tags": {"domain": "benchmark", "licence": "CC-BY-4.0"}},
    "version": {
        "signature": {"features": [{"name": n, "type": "number"} for n in names], "classes": ["small", "large"]},
        "lineage": {
            "datasets": [{"name": "breast-cancer-wisconsin-area", "digest": digest(frame), "role": "training", "source": "sklearn.datasets.load_breast_cancer", "licence": "CC-BY-4.0", "rows": len(frame)}],
            "hyperparameters": {"n_estimators": TREES, "max_depth": DEPTH, "learning_rate": 0.02, "max_features": 6, "seed": SEED},
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
