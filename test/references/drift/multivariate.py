"""Distances of vectors by scipy, and what boosted trees of scikit-learn reach on the same rows."""

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import cross_val_predict

from common import read, write


def energy(x, y):
    across, first, second = (cdist(a, b).mean() for a, b in [(x, y), (x, x), (y, y)])
    return [2 * across - first - second, (2 * across - first - second) / (2 * across)]


def discrepancy(x, y):
    z = np.vstack([x, y])
    squares = cdist(z, z, "sqeuclidean")
    kernel = np.exp(-squares / (2 * np.median(squares[np.tril_indices(len(z), -1)])))
    n, m = len(x), len(y)
    first, second, across = kernel[:n, :n], kernel[n:, n:], kernel[:n, n:]
    off = lambda k: (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))
    biased = first.mean() + second.mean() - 2 * across.mean()
    return [off(first) + off(second) - 2 * across.mean(), np.sqrt(biased / 2)]


digits = read("digits", "validation").to_numpy()
pixels, digit = digits[:, :64], digits[:, 64]
pairs = {
    "halves": (np.arange(540) < 270, np.arange(540) >= 270),
    "digits": (digit < 5, digit >= 5),
    "uneven": (np.arange(540) % 7 == 0, np.arange(540) % 7 == 3),
}


def domain_auc(reference, current):
    both = np.vstack([reference, current])
    domain = np.r_[np.zeros(len(reference)), np.ones(len(current))]
    model = HistGradientBoostingClassifier(max_depth=3, max_iter=40, random_state=0)
    return float(roc_auc_score(domain, cross_val_predict(model, both, domain, cv=5, method="predict_proba")[:, 1]))


wages = {part: read("wages", part)[["education", "age", "language"]].fillna({"language": "unknown"}) for part in ("training", "validation")}
numbers = {part: frame[["education", "age"]].to_numpy() for part, frame in wages.items()}
languages = (wages["validation"]["language"] != "English").to_numpy()

diabetes = {part: read("diabetes", part) for part in ("training", "validation")}
target = "progression"
regressor = HistGradientBoostingRegressor(max_depth=3, max_iter=60, max_bins=63, random_state=0)
regressor.fit(diabetes["training"].drop(columns=target), diabetes["training"][target])

label = read("breast-cancer", "training").columns[-1]
cancer = {part: read("breast-cancer", part) for part in ("training", "validation")}
classifier = HistGradientBoostingClassifier(max_depth=3, max_iter=60, max_bins=63, random_state=0)
classifier.fit(cancer["training"].drop(columns=label), cancer["training"][label] == "malignant")

write(
    "multivariate",
    {
        "vectors": [
            {"name": name, "energy": energy(pixels[a], pixels[b]), "discrepancy": discrepancy(pixels[a], pixels[b])}
            for name, (a, b) in pairs.items()
        ],
        "domain": {
            "same": domain_auc(numbers["training"], numbers["validation"]),
            "languages": domain_auc(numbers["training"], numbers["validation"][languages]),
        },
        "regression": {
            "r2": r2_score(diabetes["validation"][target], regressor.predict(diabetes["validation"].drop(columns=target)))
        },
        "classification": {
            "rocAuc": roc_auc_score(
                cancer["validation"][label] == "malignant",
                classifier.predict_proba(cancer["validation"].drop(columns=label))[:, 1],
            )
        },
    },
)
