"""Species of penguins, from strings and numbers with missing values, one input per column.

Data: Palmer Archipelago penguins, Horst, Hill and Gorman (2020), CC0 1.0; package palmerpenguins.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from common import data_of, environment, write  # noqa: E402
from palmerpenguins import load_penguins  # noqa: E402
from skl2onnx import to_onnx  # noqa: E402
from skl2onnx.common.data_types import FloatTensorType, StringTensorType  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import accuracy_score, f1_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: E402

SEED = 7
TEXTS = ["island", "sex"]
NUMBERS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
UNITS = {"body_mass_g": "g"}
frame = load_penguins()
X = frame[TEXTS + NUMBERS].copy()
# A missing text is the empty string, at training as at serving.
for name in TEXTS:
    X[name] = X[name].astype(object).where(X[name].notna(), "").astype(object)
for name in NUMBERS:
    X[name] = X[name].astype(np.float32)
y = frame["species"].astype(str).to_numpy()
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=SEED, stratify=y)
table = frame[TEXTS + NUMBERS + ["species"]]
lineage, registrations = data_of(HERE, {"training": table.loc[X_train.index], "validation": table.loc[X_test.index]}, {
    "source": "palmerpenguins.load_penguins",
    "licence": "CC0-1.0",
    "label": "species",
    "description": "Penguins of the Palmer Archipelago (Horst, Hill and Gorman 2020); some sexes and measurements are missing.",
})

model = make_pipeline(
    ColumnTransformer([
        ("texts", OneHotEncoder(handle_unknown="ignore"), TEXTS),
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
    ]),
    LogisticRegression(max_iter=1000),
).fit(X_train, y_train)
score = lambda X, y: {"accuracy": float(accuracy_score(y, model.predict(X))), "macroF1": float(f1_score(y, model.predict(X), average="macro"))}  # noqa: E731

holes = X[X[NUMBERS].isna().any(axis=1) | (X["sex"] == "")]
rows = X_test.head(40)
types = [(n, StringTensorType([None, 1])) for n in TEXTS] + [(n, FloatTensorType([None, 1])) for n in NUMBERS]
features = [{"name": n, "type": "category", "categories": sorted(v for v in set(X[n]) if v), "nullable": True} for n in TEXTS]
features += [{"name": n, "type": "number", "min": 0, "unit": UNITS.get(n, "mm"), "nullable": True} for n in NUMBERS]


def row_of(row) -> dict:
    numbers = {n: None if np.isnan(row[n]) else float(str(row[n])) for n in NUMBERS}
    return {**{n: row[n] or None for n in TEXTS}, **numbers}


complete = rows.dropna()
inputs = [{"name": n, "shape": [len(complete), 1], "datatype": "BYTES", "data": complete[n].tolist()} for n in TEXTS]
inputs += [{"name": n, "shape": [len(complete), 1], "datatype": "FP32", "data": [float(str(v)) for v in complete[n]]} for n in NUMBERS]
description = {
    "endpoint": "penguins",
    **registrations,
    "model": {"name": "penguins", "task": "multiclass", "description": "Adelie, Chinstrap or Gentoo, from island, sex and measurements.", "tags": {"domain": "biology", "licence": "CC0-1.0"}},
    "version": {
        "signature": {"features": features},
        "lineage": {
            "datasets": lineage,
            "hyperparameters": {"max_iter": 1000, "seed": SEED},
            "environment": environment("scikit-learn"),
            "preprocessing": [
                {"name": "OneHotEncoder", "columns": TEXTS, "description": "Inside the graph; an unknown or missing text is no category"},
                {"name": "SimpleImputer", "columns": NUMBERS, "parameters": {"strategy": "median"}},
                {"name": "StandardScaler", "columns": NUMBERS},
            ],
        },
        "metrics": {"training": score(X_train, y_train), "validation": score(X_test, y_test)},
    },
}
some = [row_of(row) for _, row in [*complete.head(2).iterrows(), *holes.iterrows()]]
shown = [*complete.head(2).index, *holes.index]
expected = {
    "tolerance": 1e-5,
    "note": "The graph computes in float32. All rows but the first two have missing values.",
    "request": {"inputs": inputs},
    "outputs": {"output_label": model.predict(complete).tolist(), "output_probability": model.predict_proba(complete).ravel().tolist()},
    "rows": some,
    "rowLabels": model.predict(X.loc[shown]).tolist(),
    "rowProbabilities": model.predict_proba(X.loc[shown]).ravel().tolist(),
}
write(HERE, to_onnx(model, initial_types=types), description, expected, table.sample(200, random_state=SEED))
