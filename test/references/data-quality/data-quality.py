"""What pandas, numpy, scipy and scikit-learn say of the examples' data: test/unit/core/quality.

  pip install -r ../quality/requirements.txt && python data-quality.py
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import entropy, spearmanr
from sklearn.metrics import mutual_info_score

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "examples"
BINS = np.arange(1, 10) / 10


def summary(column: pd.Series) -> dict:
    there = column.dropna()
    result = {"missing": float(column.isna().mean()), "distinct": int(there.nunique()), "mostFrequent": float(there.value_counts(normalize=True).iloc[0])}
    if pd.api.types.is_numeric_dtype(column):
        q1, q3 = np.quantile(there, [0.25, 0.75])
        reach = 3 * (q3 - q1)
        outside = ((there < q1 - reach) | (there > q3 + reach)).mean() if reach > 0 else 0.0
        result |= {"min": float(there.min()), "median": float(there.median()), "max": float(there.max()), "outliers": float(outside)}
    return result


def psi(reference: np.ndarray, current: np.ndarray) -> float:
    r = np.maximum(reference / reference.sum(), 1e-4)
    c = np.maximum(current / current.sum(), 1e-4)
    return float(((c - r) * np.log(c / r)).sum())


def shift(reference: pd.Series, current: pd.Series) -> float:
    if not pd.api.types.is_numeric_dtype(reference):
        names = sorted(set(reference.dropna()) | set(current.dropna()))
        count = lambda s: np.array([*(int((s == n).sum()) for n in names), int(s.isna().sum())])  # noqa: E731
    else:
        edges = np.unique(np.quantile(reference.dropna(), BINS))
        count = lambda s: np.array([*np.bincount(np.searchsorted(edges, s.dropna(), side="left"), minlength=len(edges) + 1), int(s.isna().sum())])  # noqa: E731
    return psi(count(reference), count(current))


def told_of_class(column: pd.Series, label: pd.Series) -> float:
    if not pd.api.types.is_numeric_dtype(column):
        bins = column.fillna("").to_numpy()
    else:
        edges = np.unique(np.quantile(column.dropna(), np.arange(1, 20) / 20))
        bins = np.where(column.isna(), -1, np.searchsorted(edges, column.fillna(0), side="left"))
    return float(mutual_info_score(label, bins) / entropy(label.value_counts()))


def describe(name: str, label: str) -> dict:
    read = lambda part: pd.read_csv(EXAMPLES / name / f"{part}.csv")  # noqa: E731
    validation, training = read("validation"), read("training")
    columns = [c for c in validation.columns if c != label]
    numeric_label = pd.api.types.is_numeric_dtype(validation[label])
    told = {}
    for c in columns:
        if not numeric_label:
            told[c] = told_of_class(validation[c], validation[label])
        elif pd.api.types.is_numeric_dtype(validation[c]):
            told[c] = abs(float(spearmanr(validation[c], validation[label], nan_policy="omit").statistic))
    return {
        "label": label,
        "duplicates": int(validation.duplicated().sum()),
        "columns": {c: summary(validation[c]) for c in columns},
        "shift": {c: shift(training[c], validation[c]) for c in columns},
        "told": told,
    }


result = {name: describe(name, label) for name, label in [("breast-cancer", "diagnosis"), ("wages", "wage"), ("penguins", "species"), ("diabetes", "progression")]}
(HERE / "data-quality.json").write_text(json.dumps(result, indent=1) + "\n")
