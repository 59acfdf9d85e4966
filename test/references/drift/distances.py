"""Distances and tests between training and validation data of the examples, by scipy and Evidently."""

import warnings

import numpy as np
from evidently.legacy.calculations.stattests.registry import get_stattest
from evidently.legacy.calculations.stattests.utils import get_binned_data
from evidently.legacy.core import ColumnType
from scipy import special, stats
from scipy.spatial import distance

from common import read, write

warnings.filterwarnings("ignore")
SETS = ["penguins", "diabetes", "breast-cancer", "wages", "boosted-trees"]
rng = np.random.default_rng(6)


def number(value):
    return float(value) if np.isfinite(value) else None


def kind_of(series):
    if series.dtype == float and series.nunique() > 5:
        return ColumnType.Numerical
    return ColumnType.Categorical


def by_evidently(name, reference, current, kind):
    result = get_stattest(reference, current, kind, name)(reference.copy(), current.copy(), kind, 0.1)
    return number(result.drift_score)


def chosen(reference, current, kind):
    test = get_stattest(reference, current, kind, None)
    result = test(reference.copy(), current.copy(), kind, test.default_threshold)
    return {
        "method": test.name,
        "score": number(result.drift_score),
        "threshold": test.default_threshold,
        "drifted": bool(result.drifted),
    }


def numeric(reference, current):
    r, c = reference.to_numpy(), current.to_numpy()
    percents = get_binned_data(reference, current, ColumnType.Numerical, 30, False)
    cvm = stats.cramervonmises_2samp(r, c, method="asymptotic")
    ad = stats.anderson_ksamp([r, c], variant="midrank")
    auto, asymptotic = stats.ks_2samp(r, c), stats.ks_2samp(r, c, method="asymp")
    return {
        "kolmogorovSmirnov": [float(auto.statistic), float(auto.pvalue), float(asymptotic.pvalue)],
        "wasserstein": float(stats.wasserstein_distance(r, c)),
        "energyDistance": float(stats.energy_distance(r, c)),
        "cramerVonMises": [float(cvm.statistic), float(cvm.pvalue)],
        "andersonDarling": [float(ad.statistic), float(ad.pvalue)],
        "deviation": float(np.std(r)),
        "hellinger": float(np.sqrt(1 - min(1, np.sum(np.sqrt(percents[0] * percents[1]))))),
    }


def counted(reference, current):
    keys = sorted(set(reference.dropna()) | set(current.dropna()))
    table = np.array([[(s == key).sum() for key in keys] for s in (reference, current)])
    pearson = stats.chi2_contingency(table, correction=False)
    ratio = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    return {
        "chiSquare": [float(pearson.statistic), float(pearson.pvalue), cramers_v(table)],
        "gTest": [float(ratio.statistic), float(ratio.pvalue)],
    }


def cramers_v(table):
    return float(stats.contingency.association(table, method="cramer", correction=False))


def column(example, name):
    reference, current = read(example, "training")[name].dropna(), read(example, "validation")[name].dropna()
    kind = kind_of(reference)
    distances = ["psi", "jensenshannon", "kl_div"]
    if kind == ColumnType.Numerical:
        distances += ["wasserstein"]
        values = numeric(reference, current)
    else:
        distances += ["hellinger", "chisquare"]
        values = counted(reference, current)
    evidently = {d: by_evidently(d, reference, current, kind) for d in distances}
    return {
        "example": example,
        "name": name,
        "kind": kind.value,
        "chosen": chosen(reference, current, kind),
        "evidently": evidently,
        "scipy": values,
    }


def exact_cases():
    """Samples of many sizes, with and without ties, and the exact and asymptotic p of ks_2samp."""
    for n, m in [(2, 3), (7, 7), (9, 30), (24, 36), (60, 35), (120, 120), (300, 200), (997, 640), (50, 3000)]:
        for shift in (0, 0.4, 1.5):
            r = np.round(rng.normal(size=n), 2)
            c = np.round(rng.normal(shift, size=m), 2)
            exact = stats.ks_2samp(r, c, method="exact")
            asymptotic = stats.ks_2samp(r, c, method="asymp")
            yield {
                "reference": r.tolist(),
                "current": c.tolist(),
                "statistic": float(exact.statistic),
                "exact": float(exact.pvalue),
                "asymptotic": float(asymptotic.pvalue),
            }


def many_samples():
    for sizes in [(30, 40, 25), (8, 8, 8, 8), (100, 60, 90, 10, 200)]:
        for shift in (0, 0.35):
            samples = [np.round(rng.normal(i * shift, size=n), 1) for i, n in enumerate(sizes)]
            test = stats.anderson_ksamp(samples, variant="midrank")
            yield {
                "samples": [s.tolist() for s in samples],
                "statistic": float(test.statistic),
                "pValue": float(test.pvalue),
            }


def kstwo():
    for n in [1, 2, 5, 10, 60, 140, 141, 1000, 20_000, 50_000, 100_001, 2_000_000]:
        for z in [0.3, 0.5, 0.7, 0.85, 1, 1.2, 1.36, 1.48, 1.5, 1.9, 2.5, 4, 8]:
            x = z / np.sqrt(n)
            if x < 1.2:
                yield [n, float(x), float(stats.kstwo.sf(x, n))]


columns = [
    column(example, name)
    for example in SETS
    for name in read(example, "training").columns
    if example != "boosted-trees" or name.startswith(("pixel_2", "pixel_4", "parity", "label"))
]
write(
    "distances",
    {
        "columns": columns,
        "kolmogorovSmirnov": list(exact_cases()),
        "andersonDarling": list(many_samples()),
        "kolmogorovSurvival": list(kstwo()),
        "oneSidedSurvival": [
            [n, x, float(special.smirnov(n, x))] for n in [1, 5, 30, 200, 3000] for x in [0.01, 0.05, 0.1, 0.3, 0.6, 0.95]
        ],
        "binomialMass": [
            [k, n, p, float(stats.binom.pmf(k, n, p))]
            for n in [1, 7, 40, 1000]
            for k in [0, 1, 3, 20, 500, 1000]
            if k <= n
            for p in [0.001, 0.3, 0.5, 0.99]
        ],
        "scaledBesselK": [[v, x, float(special.kve(v, x))] for v in [0, 0.25, 1.5] for x in [1e-3, 0.1, 1, 7, 60, 3000]],
    },
)
