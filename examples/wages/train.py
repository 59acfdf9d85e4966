"""Is an hourly wage above the median? Three versions: a fair one, a weaker one, an unfair one.

Data: Survey of Labour and Income Dynamics 1994, Ontario: Statistics Canada's public-use file,
prepared by the Institute for Social Research, York University, as `SLID` of the R package carData
(GPL-2.0-or-later); read from the Python package pydataset. It is a sample of Canadian households
of 1994: nothing here says who ought to earn what.

3278 of 7425 people have no wage on record, most of them without a job: they are left out, and
nothing is said of them. A missing schooling or language stays missing and is dealt with in the graph.
"""

import io
import sys
import tarfile
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from common import data_of, environment, write, write_version  # noqa: E402
from onnx import TensorProto, checker, helper  # noqa: E402
from skl2onnx import to_onnx  # noqa: E402
from skl2onnx.common.data_types import FloatTensorType, StringTensorType  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.ensemble import GradientBoostingClassifier  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import accuracy_score, roc_auc_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder  # noqa: E402

SEED = 7
CLASSES = ["below", "above"]
FEATURES = {
    "education": {"type": "number", "min": 0, "max": 40, "unit": "years", "nullable": True},
    "age": {"type": "number", "min": 15, "max": 120, "unit": "years"},
    "sex": {"type": "category", "categories": ["Female", "Male"]},
    "language": {"type": "category", "categories": ["English", "French", "Other"], "nullable": True},
}


def read_survey() -> pd.DataFrame:
    """Straight from the package's archive: importing pydataset unpacks all of it into the home folder."""
    archive = distribution("pydataset").locate_file("pydataset/resources.tar.gz")
    with tarfile.open(archive) as files:
        return pd.read_csv(io.BytesIO(files.extractfile("resources/rdata/csv/car/SLID.csv").read()), index_col=0)


survey = read_survey().dropna(subset=["wages"])
groups = survey["sex"] + survey["language"].fillna("") + (survey["wages"] > survey["wages"].median()).astype(str)
train, test = train_test_split(survey.index, test_size=0.4, random_state=SEED, stratify=groups)
median = survey.loc[train, "wages"].median()
y = (survey["wages"] > median).astype(int)
table = survey[list(FEATURES)].assign(wage=y.map(dict(enumerate(CLASSES))))
lineage, registrations = data_of(HERE, {"training": table.loc[train], "validation": table.loc[test]}, {
    "source": "pydataset: SLID of the R package carData",
    "licence": "GPL-2.0-or-later",
    "label": "wage",
    # Not language: too few of the held-out women and men speak French to judge.
    "protected": ["sex"],
    "positive": "above",
    "description": f"Survey of Labour and Income Dynamics, Ontario 1994: hourly wage above {median:g} dollars, the median of the training rows. People without a wage are left out.",
})

X = survey[list(FEATURES)].copy()
for name in ["sex", "language"]:
    # A missing text is the empty string, at training as at serving.
    X[name] = X[name].astype(object).where(X[name].notna(), "").astype(object)
for name in ["education", "age"]:
    X[name] = X[name].astype(np.float32)


def is_text(name: str) -> bool:
    return FEATURES[name]["type"] == "category"


def train_on(columns: list, classifier):
    texts = [name for name in columns if is_text(name)]
    numbers = [name for name in columns if not is_text(name)]
    steps = [("numbers", SimpleImputer(strategy="median"), numbers)]
    if texts:
        steps.append(("texts", OneHotEncoder(handle_unknown="ignore"), texts))
    return make_pipeline(ColumnTransformer(steps), classifier).fit(X.loc[train, columns], y[train])


def equalized_odds_difference(predicted: np.ndarray, actual: np.ndarray, group: np.ndarray) -> float:
    """The larger of the gaps between groups in true-positive and in false-positive rate (Hardt et al. 2016)."""
    rates = [[predicted[(group == g) & (actual == side)].mean() for g in np.unique(group)] for side in (0, 1)]
    return float(max(np.ptp(side) for side in rates))


def score(model, columns: list, rows) -> dict:
    actual, predicted = y[rows].to_numpy(), model.predict(X.loc[rows, columns])
    probability = model.predict_proba(X.loc[rows, columns])[:, 1]
    return {
        "accuracy": float(accuracy_score(actual, predicted)),
        "rocAuc": float(roc_auc_score(actual, probability)),
        "equalizedOddsDifferenceBySex": equalized_odds_difference(predicted, actual, survey.loc[rows, "sex"].to_numpy()),
    }


def preprocessing(columns: list) -> list:
    imputer = {"name": "SimpleImputer", "columns": [n for n in columns if not is_text(n)], "parameters": {"strategy": "median"}, "description": "Inside the graph"}
    encoder = {"name": "OneHotEncoder", "columns": [n for n in columns if is_text(n)], "description": "Inside the graph; an unknown or missing text is no category"}
    return [step for step in (imputer, encoder) if step["columns"]]


def describe(model, columns: list, description: str) -> dict:
    parameters = model[-1].get_params()
    kept = {"n_estimators", "max_depth", "learning_rate", "C"} & parameters.keys()
    return {
        "signature": {"features": [{"name": n, **FEATURES[n]} for n in columns], "classes": CLASSES},
        "lineage": {
            "datasets": lineage,
            "hyperparameters": {"classifier": type(model[-1]).__name__, **{key: parameters[key] for key in sorted(kept)}, "seed": SEED},
            "environment": environment("scikit-learn"),
            "preprocessing": preprocessing(columns),
        },
        "metrics": {"training": score(model, columns, train), "validation": score(model, columns, test)},
        "description": description,
    }


def row_of(row) -> dict:
    return {n: row[n] or None if is_text(n) else None if np.isnan(row[n]) else float(str(row[n])) for n in row.index}


def expect(model, columns: list) -> dict:
    """40 complete rows as tensors; two of them and the first rows with gaps by column."""
    held_out = X.loc[test, columns]
    gaps = held_out.isin(["", np.nan]).any(axis=1)
    asked = held_out[~gaps].head(40)
    shown = pd.concat([asked.head(2), held_out[gaps].head(10)])
    return {
        "tolerance": 1e-5,
        "note": "The graph computes in float32. All rows but the first two have missing values.",
        "request": {"inputs": [
            {"name": n, "shape": [len(asked), 1], "datatype": "BYTES" if is_text(n) else "FP32", "data": [v if is_text(n) else float(str(v)) for v in asked[n]]}
            for n in columns
        ]},
        "outputs": {"label": model.predict(asked).tolist(), "probabilities": model.predict_proba(asked).ravel().tolist()},
        "rows": [row_of(row) for _, row in shown.iterrows()],
        "rowLabels": [CLASSES[i] for i in model.predict(shown)],
        "rowProbabilities": model.predict_proba(shown).ravel().tolist(),
    }


def convert(model, columns: list):
    types = [(n, StringTensorType([None, 1]) if is_text(n) else FloatTensorType([None, 1])) for n in columns]
    return to_onnx(model, initial_types=types, options={"zipmap": False})


def boosted(trees: int = 60) -> GradientBoostingClassifier:
    return GradientBoostingClassifier(n_estimators=trees, max_depth=3, learning_rate=0.1, random_state=SEED)


def slowed(onnx_model):
    """The same answers, after matrix products that change nothing: a slip as it happens in a graph."""
    graph, side, products = onnx_model.graph, 256, 40
    output = next(o.name for o in graph.output if o.name == "probabilities")
    for node in graph.node:
        node.output[:] = ["probabilities_before" if name == output else name for name in node.output]
    graph.initializer.extend([
        helper.make_tensor("ballast_side", TensorProto.INT64, [2], [side, side]),
        helper.make_tensor("ballast_zero", TensorProto.FLOAT, [], [0.0]),
    ])
    first = graph.input[0].name
    nodes = [
        helper.make_node("ReduceMean", [first], ["ballast_mean"], keepdims=0),
        helper.make_node("IsNaN", ["ballast_mean"], ["ballast_isnan"]),
        helper.make_node("Where", ["ballast_isnan", "ballast_zero", "ballast_mean"], ["ballast_finite"]),
        helper.make_node("Mul", ["ballast_finite", "ballast_zero"], ["ballast_nothing"]),
        helper.make_node("Expand", ["ballast_nothing", "ballast_side"], ["ballast_0"]),
        *[helper.make_node("MatMul", [f"ballast_{i}", f"ballast_{i}"], [f"ballast_{i + 1}"]) for i in range(products)],
        helper.make_node("ReduceMax", [f"ballast_{products}"], ["ballast_most"], keepdims=0),
        helper.make_node("Add", ["probabilities_before", "ballast_most"], [output]),
    ]
    graph.node.extend(nodes)
    checker.check_model(onnx_model)
    return onnx_model


# What comes after the first version: an honest successor, and one that has become slow.
SUCCESSORS = {
    "better": (boosted(80), convert, "Boosted trees on schooling and age, a third more of them"),
    "slow": (boosted(80), lambda model, columns: slowed(convert(model, columns)), "The better one with work in its graph that changes nothing but the time it takes"),
}
for name, (classifier, to_graph, text) in SUCCESSORS.items():
    columns = ["education", "age"]
    model = train_on(columns, classifier)
    version, expected = describe(model, columns, text), expect(model, columns)
    write_version(HERE / "successors" / name, to_graph(model, columns), version, expected)

VERSIONS = {
    "good": (["education", "age"], boosted(), "Boosted trees on schooling and age; knows neither sex nor language"),
    "worse": (["education"], LogisticRegression(), "Logistic regression on schooling alone"),
    "unfair": (["education", "age", "sex", "language"], boosted(), "Boosted trees that also know sex and language: more accurate"),
}
for name, (columns, classifier, text) in VERSIONS.items():
    model = train_on(columns, classifier)
    version, expected = describe(model, columns, text), expect(model, columns)
    if name != "good":
        write_version(HERE / "versions" / name, convert(model, columns), version, expected)
        continue
    description = {
        "endpoint": "wages",
        **registrations,
        "model": {"name": "wages", "task": "binary", "description": "Whether an hourly wage is above the median, from schooling and age.", "tags": {"domain": "economics", "licence": "GPL-2.0-or-later"}},
        "version": version,
    }
    write(HERE, convert(model, columns), description, expected, table.sample(200, random_state=SEED))
