"""Distribution functions, quantiles and corrections by scipy and statsmodels."""

import numpy as np
from scipy import special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from common import write

X = [-38, -8.5, -3, -1.96, -0.5, -1e-9, 0, 0.1, 1, 1.644853626951, 2.5, 6]
P = [1e-300, 1e-17, 1e-6, 0.001, 0.0749, 0.0751, 0.3, 0.5, 0.8, 0.925, 0.975, 0.9999999]
AB = [(0.5, 0.5), (1, 3), (2, 2), (12.5, 0.5), (40, 60), (0.01, 5), (2000, 3000), (250000, 10)]
rng = np.random.default_rng(1)


def rows(function, arguments):
    return [[*map(float, a), float(function(*a))] for a in arguments]


p_values = [
    [0.01, 0.04, 0.03, 0.005, 0.55, 0.039, 0.9],
    [0.2, 0.2, 0.2, 0.01],
    [0.5],
    [1.0, 0.0, 1.0],
    [float(p) for p in rng.random(12) ** 3],
]
bootstrap_values = np.round(rng.gamma(2, size=400), 3)

write(
    "distributions",
    {
        "logGamma": rows(special.gammaln, [(x,) for x in [1e-8, 0.1, 0.5, 1, 1.5, 2, 3.7, 20, 171, 1e4, 1e6]]),
        "upperGamma": rows(
            special.gammaincc,
            [(a, x) for a in [0.5, 1, 2.5, 10, 300] for x in [0, 1e-6, 0.3, 1, 5, 12, 60, 310, 500]],
        ),
        "normalCdf": rows(stats.norm.cdf, [(x,) for x in X]),
        "normalQuantile": rows(stats.norm.ppf, [(p,) for p in P]),
        "chiSquareSurvival": rows(stats.chi2.sf, [(x, k) for k in [1, 2, 7, 100] for x in [0, 0.02, 1, 3.84, 50, 200]]),
        "studentSurvival": rows(stats.t.sf, [(t, k) for k in [1, 2.5, 19, 4000] for t in [-30, -2, 0, 0.5, 1.7, 9]]),
        "betaCdf": rows(
            stats.beta.cdf, [(x, a, b) for a, b in AB for x in [0, 0.001, 0.3, 0.39, 0.5, 0.9999, 0.99999, 1]]
        ),
        "binomialCdf": rows(
            stats.binom.cdf, [(k, n, p) for n in [1, 9, 400] for k in [-1, 0, 1, 5, 200, 400] for p in [0.1, 0.5]]
        ),
        "hypergeometricTail": [
            [k, N, m, n, float(stats.hypergeom.sf(k - 1, N, m, n))]
            for N, m, n in [(50, 10, 20), (1000, 5, 100), (1000, 400, 100), (200000, 20000, 10000)]
            for k in [0, 1, 4, 5, 8, 45, 60, 1001, 1100, 1300]
        ],
        "benjaminiHochberg": [
            {"pValues": p, "adjusted": list(map(float, multipletests(p, method="fdr_bh")[1]))} for p in p_values
        ],
        "wilson": [
            [k, n, level, *map(float, proportion_confint(k, n, alpha=1 - level, method="wilson"))]
            for k, n in [(0, 5), (5, 5), (1, 30), (17, 40), (999_000, 1_000_000)]
            for level in [0.9, 0.95]
        ],
        "quantiles": {
            "values": bootstrap_values.tolist(),
            "at": [[q, float(np.quantile(bootstrap_values, q))] for q in [0, 0.01, 0.025, 0.5, 0.77, 0.975, 1]],
        },
    },
)
