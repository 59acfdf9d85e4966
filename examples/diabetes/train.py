"""Progression of diabetes after a year: a regressor with named columns and ranges.

Data: Efron, Hastie, Johnstone, Tibshirani, Least Angle Regression (2004); ships with scikit-learn
(BSD-3-Clause) in the original units.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from common import data_of, environment, shortest, tensor, write  # noqa: E402
from skl2onnx import to_onnx  # noqa: E402
from sklearn.datasets import load_diabetes  # noqa: E402
from sklearn.ensemble import RandomForestRegressor  # noqa: E402
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402

SEED = 7
data = load_diabetes(as_frame=True, scaled=False)
names = ["age", "sex", "bmi", "blood_pressure", "tc", "ldl", "hdl", "tch", "ltg", "glucose"]
units = {"age": "years", "bmi": "kg/m2", "blood_pressure": "mmHg", "tc": "mg/dl", "ldl": "mg/dl", "hdl": "mg/dl", "glucose": "mg/dl"}
X = data.data.to_numpy(np.float32)
y = data.target.to_numpy()
frame = data.data.set_axis(names, axis=1).assign(progression=y)
train, test = train_test_split(np.arange(len(X)), test_size=0.3, random_state=SEED)
X_train, X_test, y_train, y_test = X[train], X[test], y[train], y[test]
lineage, registrations = data_of(HERE, {"training": frame.iloc[train], "validation": frame.iloc[test]}, {
    "source": "sklearn.datasets.load_diabetes",
    "licence": "BSD-3-Clause",
    "label": "progression",
    "protected": ["sex"],
    "description": "442 patients (Efron et al. 2004), original units; the source does not say which sex is 1 and which 2.",
})

model = RandomForestRegressor(n_estimators=100, max_depth=6, random_state=SEED).fit(X_train, y_train)


def score(X, y) -> dict:
    p = model.predict(X)
    return {"rmse": float(root_mean_squared_error(y, p)), "mae": float(mean_absolute_error(y, p)), "r2": float(r2_score(y, p))}


rows = X_test[:40]
features = [{"name": n, "type": "number", "min": 0, "max": float(np.ceil(X[:, i].max() * 2)), **({"unit": units[n]} if n in units else {})} for i, n in enumerate(names)]
description = {
    "endpoint": "diabetes",
    **registrations,
    "model": {"name": "diabetes", "task": "regression", "description": "Disease progression one year after baseline.", "tags": {"domain": "medicine", "licence": "BSD-3-Clause"}},
    "version": {
        "signature": {"features": features},
        "lineage": {
            "datasets": lineage,
            "hyperparameters": {"n_estimators": 100, "max_depth": 6, "seed": SEED},
            "environment": environment("scikit-learn"),
        },
        "metrics": {"training": score(X_train, y_train), "validation": score(X_test, y_test)},
    },
}
expected = {
    "tolerance": 1e-3,
    "note": "Values are of the order of 100 and float32 in the graph.",
    "request": {"inputs": [{**tensor("X", rows), "data": shortest(rows)}]},
    "outputs": {"variable": model.predict(rows).tolist()},
    "rows": [dict(zip(names, shortest(row))) for row in rows[:3]],
}
write(HERE, to_onnx(model, X_train[:1]), description, expected, frame.sample(200, random_state=SEED))
