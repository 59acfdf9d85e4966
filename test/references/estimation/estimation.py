"""Performance without labels by NannyML, on scores that are written along.

In an environment with requirements.txt: `python estimation.py`, then `biome format --write .`
"""

import json
import os
import warnings
from pathlib import Path

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
import nannyml
import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, precision_score, recall_score, roc_auc_score

warnings.filterwarnings("ignore")
HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "examples"
rng = np.random.default_rng(14)
METRICS = ["accuracy", "precision", "recall", "f1", "roc_auc"]
NAMES = ["accuracy", "precision", "recall", "f1", "rocAuc"]


def estimates(estimator, reference, analysis, metrics):
    estimator.fit(reference)
    frame = estimator.estimate(analysis).filter(period="analysis").to_df()
    return {name: float(frame[(metric, "value")].iloc[0]) for name, metric in metrics}


def binary(distort):
    """Scores are probabilities, or such that were distorted."""

    def draw(rows, centre):
        p = 1 / (1 + np.exp(-rng.normal(centre, 1.6, rows)))
        scores = np.round(p**2 / (p**2 + (1 - p) ** 2) if distort else p, 6)
        truth = (rng.random(rows) < p).astype(int)
        return pd.DataFrame({"score": scores, "predicted": (scores >= 0.5).astype(int), "truth": truth})

    reference, analysis = draw(1500, -0.4), draw(700, 0.6)
    estimator = nannyml.CBPE(
        y_pred_proba="score",
        y_pred="predicted",
        y_true="truth",
        metrics=METRICS,
        problem_type="classification_binary",
        chunk_size=len(analysis),
    )
    found = estimates(estimator, reference, analysis.drop(columns="truth"), list(zip(NAMES, METRICS)))
    args = analysis["truth"], analysis["predicted"]
    realised = [f(*args) for f in (accuracy_score, precision_score, recall_score, f1_score)]
    realised.append(roc_auc_score(analysis["truth"], analysis["score"]))
    return {
        "reference": {key: reference[key].tolist() for key in ("score", "truth")},
        "analysis": {"score": analysis["score"].tolist()},
        "estimates": found,
        "realised": dict(zip(NAMES, map(float, realised))),
    }


def multiclass():
    def draw(rows, tilt):
        logits = rng.normal(0, 1.5, (rows, 3)) + np.array([0, tilt, -tilt])
        p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        sharp = p**2.2 / (p**2.2).sum(1, keepdims=True)
        truth = np.array([rng.choice(3, p=row) for row in p])
        scores = np.round(sharp, 6)
        frame = pd.DataFrame(scores, columns=["p0", "p1", "p2"])
        return frame.assign(predicted=scores.argmax(1).astype(str), truth=truth.astype(str))

    reference, analysis = draw(1500, 0.2), draw(600, -0.5)
    estimator = nannyml.CBPE(
        y_pred_proba={"0": "p0", "1": "p1", "2": "p2"},
        y_pred="predicted",
        y_true="truth",
        metrics=METRICS,
        problem_type="classification_multiclass",
        chunk_size=len(analysis),
    )
    found = estimates(estimator, reference, analysis.drop(columns="truth"), list(zip(NAMES, METRICS)))
    columns = ["p0", "p1", "p2"]
    return {
        "reference": {"scores": reference[columns].to_numpy().tolist(), "truth": reference["truth"].astype(int).tolist()},
        "analysis": {"scores": analysis[columns].to_numpy().tolist(), "truth": analysis["truth"].astype(int).tolist()},
        "estimates": found,
    }


def regression():
    """A linear model of the diabetes data, monitored on the rows it has not seen."""
    data = [pd.read_csv(EXAMPLES / "diabetes" / f"{part}.csv").astype(float) for part in ("training", "validation")]
    features = [name for name in data[0].columns if name != "progression"]
    model = LinearRegression().fit(data[0][features][:120], data[0]["progression"][:120])
    reference, analysis = data[0][120:].reset_index(drop=True), data[1]
    for frame in (reference, analysis):
        frame["predicted"] = np.round(model.predict(frame[features]), 4)
    estimator = nannyml.DLE(
        feature_column_names=features,
        y_pred="predicted",
        y_true="progression",
        metrics=["mae", "mse", "rmse"],
        chunk_size=len(analysis),
    )
    names = [("mae", "mae"), ("mse", "mse"), ("rmse", "rmse")]
    return {
        "skipped": 120,
        "reference": reference["predicted"].tolist(),
        "analysis": analysis["predicted"].tolist(),
        "estimates": estimates(estimator, reference, analysis.drop(columns="progression"), names),
        "realised": {"mae": float(mean_absolute_error(analysis["progression"], analysis["predicted"]))},
    }


def isotonic():
    x = np.round(rng.random(60), 2)
    y = (rng.random(60) < x).astype(float)
    at = [-1.0, 0.0, 0.005, 0.13, 0.5, 0.777, 0.99, 2.0]
    fitted = IsotonicRegression(out_of_bounds="clip").fit(x, y)
    return {"x": x.tolist(), "y": y.tolist(), "at": at, "fitted": fitted.predict(at).tolist()}


values = {
    "isotonic": isotonic(),
    "binary": {"probabilities": binary(False), "distorted": binary(True)},
    "multiclass": multiclass(),
    "regression": regression(),
}
(HERE / "estimation.json").write_text(json.dumps(values, allow_nan=False) + "\n")
for name in ("probabilities", "distorted"):
    print(values["binary"][name]["estimates"], values["binary"][name]["realised"])
print(values["multiclass"]["estimates"], values["regression"]["estimates"], values["regression"]["realised"])
