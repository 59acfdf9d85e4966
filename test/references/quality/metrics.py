"""Metrics, tests and intervals by scikit-learn, statsmodels and scipy, on real data."""

import numpy as np
from palmerpenguins import load_penguins
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.contingency_tables import mcnemar

from common import write


def finite(value):
    value = float(value)
    return value if np.isfinite(value) else None


def decisions(truth, predicted) -> dict:
    tn, fp, fn, tp = metrics.confusion_matrix(truth, predicted, labels=[0, 1]).ravel()
    return {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "precision": metrics.precision_score(truth, predicted, zero_division=np.nan),
        "recall": metrics.recall_score(truth, predicted, zero_division=np.nan),
        "specificity": tn / (tn + fp) if tn + fp else np.nan,
        "f1": metrics.f1_score(truth, predicted, zero_division=np.nan),
        "balanced-accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "mcc": metrics.matthews_corrcoef(truth, predicted),
    }


def calibration_error(truth, scores) -> float:
    bins = np.minimum((scores * 10).astype(int), 9)
    gaps = [abs(scores[bins == b].sum() - truth[bins == b].sum()) for b in range(10)]
    return sum(gaps) / len(truth)


def binary(truth, scores) -> dict:
    figures = decisions(truth, (scores >= 0.5).astype(int))
    figures["log-loss"] = metrics.log_loss(truth, scores, labels=[0, 1])
    figures["brier"] = np.mean((truth - scores) ** 2)
    figures["expected-calibration-error"] = calibration_error(truth, scores)
    both = len(set(truth)) == 2
    figures["roc-auc"] = metrics.roc_auc_score(truth, scores) if both else np.nan
    figures["pr-auc"] = metrics.average_precision_score(truth, scores) if both else np.nan
    return {
        "truth": truth.tolist(),
        "scores": scores.tolist(),
        "figures": {name: finite(value) for name, value in figures.items()},
    }


def placements(truth, scores):
    """By the definition, row against row."""
    wins = np.sign(scores[truth == 1][:, None] - scores[truth == 0][None, :]) / 2 + 0.5
    return wins.mean(axis=1), wins.mean(axis=0)


def delong(truth, a, b) -> dict:
    (a1, a0), (b1, b0) = placements(truth, a), placements(truth, b)
    variance = np.var(a1 - b1, ddof=1) / len(a1) + np.var(a0 - b0, ddof=1) / len(a0)
    z = (a1.mean() - b1.mean()) / np.sqrt(variance)
    return {"difference": float(a1.mean() - b1.mean()), "z": float(z), "pValue": float(2 * stats.norm.sf(abs(z)))}


def interval(statistic, data) -> list:
    result = stats.bootstrap(
        data, statistic, paired=True, vectorized=False, n_resamples=4000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    return [float(result.low), float(result.high)]


def fitted(model, x, y, test):
    return model.fit(x, y).predict_proba(test)


x, y = load_breast_cancer(return_X_y=True)
x = x[:, :6]
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.5, random_state=0)
forest = np.round(fitted(RandomForestClassifier(60, random_state=0), x_train, y_train, x_test)[:, 1], 6)
bayes = np.round(fitted(GaussianNB(), x_train, y_train, x_test)[:, 1], 6)
logistic = np.round(
    fitted(make_pipeline(StandardScaler(), LogisticRegression()), x_train, y_train, x_test)[:, 1], 6
)
fpr, tpr, _ = metrics.roc_curve(y_test, logistic, drop_intermediate=False)
precision, recall, _ = metrics.precision_recall_curve(y_test, logistic)
observed, predicted = calibration_curve(y_test, logistic, n_bins=10)

penguins = load_penguins().dropna()
peng_x = penguins[["bill_length_mm", "body_mass_g"]].to_numpy()
peng_y = penguins["species"].astype("category").cat.codes.to_numpy()
p_train, p_test, py_train, py_test = train_test_split(peng_x, peng_y, test_size=0.5, random_state=0)
penguin_probabilities = np.round(fitted(GaussianNB(), p_train, py_train, p_test), 4)

digits_x, digits_y = load_digits(return_X_y=True)
d_train, d_test, dy_train, dy_test = train_test_split(digits_x[:, 20:40], digits_y, test_size=300, random_state=0)
digit_probabilities = np.round(fitted(RandomForestClassifier(20, random_state=0), d_train, dy_train, d_test), 3)
digit_rival = GaussianNB().fit(d_train, dy_train).predict(d_test)


def multiclass(truth, probabilities) -> dict:
    k = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    figures = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balanced-accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "mcc": metrics.matthews_corrcoef(truth, predicted),
        "log-loss": metrics.log_loss(truth, probabilities, labels=range(k)),
        "expected-calibration-error": calibration_error((predicted == truth).astype(float), probabilities.max(axis=1)),
    }
    for average in ["macro", "micro", "weighted"]:
        p, r, f, _ = metrics.precision_recall_fscore_support(truth, predicted, average=average, zero_division=0)
        figures |= {f"{average}-precision": p, f"{average}-recall": r, f"{average}-f1": f}
    one_hot = np.eye(k)[truth]
    areas = [
        metrics.roc_auc_score(one_hot[:, i], probabilities[:, i]) if 0 < one_hot[:, i].sum() < len(truth) else np.nan
        for i in range(k)
    ]
    figures["macro-roc-auc"] = np.mean(areas)
    if k > 5:
        figures["top-5-accuracy"] = metrics.top_k_accuracy_score(truth, probabilities, k=5, labels=range(k))
    p, r, f, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=range(k), zero_division=np.nan
    )
    return {
        "truth": truth.tolist(),
        "probabilities": probabilities.tolist(),
        "figures": {name: finite(value) for name, value in figures.items()},
        "perClass": [
            {"precision": finite(p[i]), "recall": finite(r[i]), "f1": finite(f[i]), "roc-auc": finite(areas[i])}
            for i in range(k)
        ],
        "confusion": metrics.confusion_matrix(truth, predicted, labels=range(k)).tolist(),
    }


def mcnemar_table(only_first, only_second) -> dict:
    table = [[50, only_first], [only_second, 7]]
    exact = only_first + only_second < 25
    result = mcnemar(table, exact=exact, correction=True)
    return {"table": [only_first, only_second], "statistic": float(result.statistic), "pValue": float(result.pvalue)}


def regression(truth, predicted) -> dict:
    residuals = predicted - truth
    constant = np.ptp(truth) == 0
    figures = {
        "rmse": metrics.root_mean_squared_error(truth, predicted),
        "mae": metrics.mean_absolute_error(truth, predicted),
        "mape": np.nan if (truth == 0).any() else metrics.mean_absolute_percentage_error(truth, predicted),
        "median-absolute-error": metrics.median_absolute_error(truth, predicted),
        "r2": np.nan if constant else metrics.r2_score(truth, predicted),
        "explained-variance": np.nan if constant else metrics.explained_variance_score(truth, predicted),
        "bias": residuals.mean(),
    }
    quantiles = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
    return {
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "figures": {name: finite(value) for name, value in figures.items()},
        "residualQuantiles": [{"quantile": q, "residual": float(np.quantile(residuals, q))} for q in quantiles],
    }


s_x, s_y = load_diabetes(return_X_y=True)
s_train, s_test, sy_train, sy_test = train_test_split(s_x, s_y, test_size=0.5, random_state=0)
linear = np.round(LinearRegression().fit(s_train, sy_train).predict(s_test), 3)
trees = np.round(RandomForestRegressor(10, random_state=0).fit(s_train, sy_train).predict(s_test), 3)

TIED = [0.2, 0.4, 0.2, 0.2]
rng = np.random.default_rng(5)
losses = [rng.gamma(1, 2, 40), rng.gamma(1, 1.5, 300)]
errors = [(12, 40, 30, 300), (3, 20, 1, 500), (20, 20, 0, 100), (0, 30, 10, 100)]

write(
    "metrics",
    {
        "binary": {
            "logistic": binary(y_test, logistic),
            "forest": binary(y_test, forest),
            "bayes": binary(y_test, bayes),
            "ties": binary(y_test, np.round(logistic, 1)),
            "constant": binary(y_test, np.full(len(y_test), 0.25)),
            "one class": binary(np.ones(20, dtype=int), logistic[:20]),
            "sure": binary(y_test, (logistic >= 0.5).astype(float)),
            "one row": binary(np.array([0]), np.array([0.7])),
        },
        "curves": {
            "roc": [fpr.tolist(), tpr.tolist()],
            "precisionRecall": [recall[::-1].tolist(), precision[::-1].tolist()],
            "calibration": [predicted.tolist(), observed.tolist()],
        },
        "delong": {
            "logistic and bayes": delong(y_test, logistic, bayes),
            "bayes and forest": delong(y_test, bayes, forest),
            "ties and logistic": delong(y_test, np.round(logistic, 1), logistic),
        },
        "mcnemar": [mcnemar_table(*t) for t in [(0, 0), (1, 0), (3, 9), (12, 12), (20, 4), (12, 13), (40, 22), (3, 90)]],
        "multiclass": {
            "penguins": multiclass(py_test, penguin_probabilities),
            "digits": multiclass(dy_test, digit_probabilities),
            "a class missing": multiclass(py_test[py_test != 1], penguin_probabilities[py_test != 1]),
        },
        "topTies": [
            [label, k, float(metrics.top_k_accuracy_score([label], [TIED], k=k, labels=range(4)))]
            for label in range(4)
            for k in [1, 2, 3]
        ],
        "digitRival": digit_rival.tolist(),
        "regression": {
            "linear": regression(sy_test, linear),
            "trees": regression(sy_test, trees),
            "constant truth": regression(np.full(12, 3.5), linear[:12]),
            "with zeros": regression(np.array([0.0, 1, 2, -4, 7]), np.array([0.5, 1, 3, -4, 6])),
            "large offset": regression(sy_test[:40] + 1e7, linear[:40] + 1e7),
        },
        "intervals": {
            "f1": interval(lambda t, p: metrics.f1_score(t, p), (y_test, (logistic >= 0.5).astype(int))),
            "mcc": interval(lambda t, p: metrics.matthews_corrcoef(t, p), (y_test, (logistic >= 0.5).astype(int))),
            "roc-auc": interval(metrics.roc_auc_score, (y_test, logistic)),
            "pr-auc": interval(metrics.average_precision_score, (y_test, logistic)),
            "brier": interval(lambda t, s: np.mean((t - s) ** 2), (y_test, logistic)),
            "rmse": interval(metrics.root_mean_squared_error, (sy_test, linear)),
            "r2": interval(metrics.r2_score, (sy_test, linear)),
            "macro-roc-auc": interval(
                lambda i: metrics.roc_auc_score(np.eye(3)[py_test[i]], penguin_probabilities[i], average="macro"),
                (np.arange(len(py_test)),),
            ),
        },
        "slices": {
            "errors": [
                {
                    "slice": [a, b],
                    "rest": [c, d],
                    "pValue": float(stats.fisher_exact([[a, b - a], [c, d - c]], alternative="greater").pvalue),
                }
                for a, b, c, d in errors
            ],
            "losses": [part.tolist() for part in losses],
            "welch": float(stats.ttest_ind(*losses, equal_var=False, alternative="greater").pvalue),
            "statistic": float(stats.ttest_ind(*losses, equal_var=False).statistic),
        },
    },
)
