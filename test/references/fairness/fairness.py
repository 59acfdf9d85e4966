"""Group fairness by Fairlearn, and permutation importance by scikit-learn, on real data.

In an environment with requirements.txt: `python fairness.py`, then `biome format --write .`
Writes fairness.json and importance.json beside the script.
"""

import json
from pathlib import Path

import numpy as np
from fairlearn import metrics as fair
from palmerpenguins import load_penguins
from sklearn import metrics
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent


def write(name: str, values: dict) -> None:
    path = HERE / f"{name}.json"
    path.write_text(json.dumps(values, allow_nan=False) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def known(value):
    return float(value) if np.isfinite(value) else None


RATES = {
    "selection-rate": fair.selection_rate,
    "true-positive-rate": fair.true_positive_rate,
    "false-positive-rate": fair.false_positive_rate,
    "false-negative-rate": fair.false_negative_rate,
    "precision": lambda t, p: metrics.precision_score(t, p, zero_division=np.nan),
    "accuracy": metrics.accuracy_score,
}


def decisions(truth, predicted, groups: dict) -> dict:
    args = {"y_true": truth, "y_pred": predicted}
    frame = fair.MetricFrame(metrics=RATES, sensitive_features=groups, **args)
    differences = frame.difference(method="between_groups")
    only = {"sensitive_features": groups}
    figures = {
        "demographic-parity-difference": fair.demographic_parity_difference(truth, predicted, **only),
        "demographic-parity-ratio": fair.demographic_parity_ratio(truth, predicted, **only),
        "equalized-odds-difference": fair.equalized_odds_difference(truth, predicted, **only),
        "equal-opportunity-difference": fair.equal_opportunity_difference(truth, predicted, **only),
        "predictive-parity-difference": differences["precision"],
        "false-positive-rate-difference": differences["false-positive-rate"],
        "false-negative-rate-difference": differences["false-negative-rate"],
        "accuracy-difference": differences["accuracy"],
    }
    by_group = {}
    for group, row in frame.by_group.iterrows():
        name = " × ".join(group) if isinstance(group, tuple) else group
        # Fairlearn lists combinations without a row.
        if np.isfinite(row["accuracy"]):
            by_group[name] = {k: known(v) for k, v in row.items()}
    return {"metrics": {k: known(v) for k, v in figures.items()}, "groups": by_group}


def calibration(truth, scores, groups) -> dict:
    answer = {}
    for group in sorted(set(groups)):
        t, s = truth[groups == group], scores[groups == group]
        bins = np.minimum((s * 10).astype(int), 9)
        error = sum(abs(s[bins == b].sum() - t[bins == b].sum()) for b in range(10)) / len(t)
        answer[str(group)] = {"calibration-bias": s.mean() - t.mean(), "calibration-error": error}
    return answer


def texts(column) -> np.ndarray:
    return np.array([str(value) for value in column])


# A poor model of the sex of penguins: heavier is male. Its errors differ by species and island.
penguins = load_penguins().dropna()
weight = penguins[["body_mass_g"]].to_numpy()
male = (penguins["sex"] == "male").to_numpy().astype(int)
scores = make_pipeline(StandardScaler(), LogisticRegression()).fit(weight, male).predict_proba(weight)[:, 1]
scores = np.round(scores, 6)
said = (scores >= 0.5).astype(int)
species, island = texts(penguins["species"]), texts(penguins["island"])

# Two species mixed up at random, and a third seen for what it is.
rng = np.random.default_rng(5)
kinds = sorted(set(species))
truth_kinds = np.array([kinds.index(s) for s in species])
said_kinds = np.where(rng.random(len(species)) < 0.75, truth_kinds, rng.integers(0, 3, len(species)))
sex = texts(penguins["sex"])

one_vs_rest = {}
for i, kind in enumerate(kinds):
    one_vs_rest[kind] = decisions((truth_kinds == i).astype(int), (said_kinds == i).astype(int), {"sex": sex})["metrics"]

diabetes = load_diabetes(scaled=False)
fitted = LinearRegression().fit(diabetes.data[:, [2, 3]], diabetes.target)
errors = fitted.predict(diabetes.data[:, [2, 3]]) - diabetes.target
values = diabetes.target + errors
sexes = np.where(diabetes.data[:, 1] == 1, "1", "2")
by_error = {
    "mae": metrics.mean_absolute_error,
    "rmse": metrics.root_mean_squared_error,
    "mean-error": lambda t, p: float(np.mean(p - t)),
}
error_frame = fair.MetricFrame(metrics=by_error, y_true=diabetes.target, y_pred=values, sensitive_features={"sex": sexes})

write("fairness", {
    "truth": male.tolist(),
    "scores": scores.tolist(),
    "species": species.tolist(),
    "island": island.tolist(),
    "sex": sex.tolist(),
    "binary": {
        "species": decisions(male, said, {"species": species}),
        "island": decisions(male, said, {"island": island}),
        "species × island": decisions(male, said, {"species": species, "island": island}),
    },
    "calibration": calibration(male, scores, species),
    "kinds": kinds,
    "saidKinds": said_kinds.tolist(),
    "oneVsRest": one_vs_rest,
    "regression": {
        "errors": errors.tolist(),
        "sex": sexes.tolist(),
        "groups": {g: {k: float(v) for k, v in row.items()} for g, row in error_frame.by_group.iterrows()},
        "metrics": {
            "error-difference": float(error_frame.difference()["mae"]),
            "error-ratio": float(error_frame.ratio()["mae"]),
            "rmse-difference": float(error_frame.difference()["rmse"]),
            "mean-error-difference": float(error_frame.difference()["mean-error"]),
        },
    },
})

# Models that a few lines of the test can rebuild: weights on columns as they are.
REPEATS = 400


def importance(model, x, y, scoring) -> dict:
    found = permutation_importance(model, x, y, scoring=scoring, n_repeats=REPEATS, random_state=1)
    return {
        "baseline": float(metrics.get_scorer(scoring)(model, x, y)),
        "means": found.importances_mean.tolist(),
        # Of one repeat: the mean of n repeats deviates by this / sqrt(n).
        "deviations": found.importances_std.tolist(),
    }


cancer = load_breast_cancer()
columns = [0, 1, 4, 6, 24]
x, y = cancer.data[:, columns], cancer.target
scaled = StandardScaler().fit(x)
classifier = make_pipeline(scaled, LogisticRegression(C=0.1)).fit(x, y)
logistic = classifier[-1]
weights = logistic.coef_[0] / scaled.scale_
offset = logistic.intercept_[0] - float(weights @ scaled.mean_)

z = diabetes.data[:, [1, 2, 3, 7, 8]]
regression = LinearRegression().fit(z, diabetes.target)

write("importance", {
    "repeats": REPEATS,
    "classifier": {
        "names": [str(cancer.feature_names[c]) for c in columns],
        "rows": x.tolist(),
        "labels": y.tolist(),
        "weights": weights.tolist(),
        "offset": offset,
        "accuracy": importance(classifier, x, y, "accuracy"),
        "roc-auc": importance(classifier, x, y, "roc_auc"),
    },
    "regression": {
        "names": [diabetes.feature_names[c] for c in [1, 2, 3, 7, 8]],
        "rows": z.tolist(),
        "labels": diabetes.target.tolist(),
        "weights": regression.coef_.tolist(),
        "offset": float(regression.intercept_),
        "r2": importance(regression, z, diabetes.target, "r2"),
    },
})
