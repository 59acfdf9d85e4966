"""Sequential tests, sample sizes and Thompson sampling by scipy and statsmodels.

In an environment with requirements.txt: `python experiments.py`, then `biome format --write .`

The package confseq has no wheels and needs a C++ toolchain, so its published test values (its
cpp/test/uniform_boundaries_test.cpp) are held against the formulas here, and the formulas, written
another way than in core/experiments (numerical integrals, generic optimisers and root finders),
against the code.
"""

import json
from pathlib import Path

import numpy as np
from scipy import integrate, optimize, special, stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

ALPHA = 0.05
rng = np.random.default_rng(4)


def normal_mixture(progress, alpha):
    """Root of the integral over the effect, in standard errors; the prior's precision by -2 ln a + ln(1 - 2 ln a)."""
    c = -2 * np.log(alpha)
    c += np.log1p(c)
    deviation = np.sqrt(c * progress)  # of the drift, on the scale of the present z

    def log_evidence(z):
        value, _ = integrate.quad(
            lambda d: np.exp(z * d - d * d / 2) * stats.norm.pdf(d, scale=deviation),
            -12 * deviation - 3 * z, 12 * deviation + 3 * z, limit=500, epsabs=1e-13,
        )
        return np.log(value)

    return float(optimize.brentq(lambda z: log_evidence(z) + np.log(alpha), 0.5, 12)), log_evidence


def beta_mixture(s, f):
    """The same order of outcomes under the arcsine prior, with p = sin(t)^2, by quadrature around its peak."""
    peak = (s + 0.5) / (s + f + 1)
    top = s * np.log(peak) + f * np.log1p(-peak)
    at = np.arcsin(np.sqrt(peak))
    value, _ = integrate.quad(
        lambda t: np.exp(special.xlogy(s, np.sin(t) ** 2) + special.xlogy(f, np.cos(t) ** 2) - top) * 2 / np.pi,
        0, np.pi / 2, points=[at], limit=500, epsabs=1e-14,
    )
    return top + np.log(value)


def likelihood(s, f, p):
    return special.xlogy(s, p) + special.xlog1py(f, -p)


def proportion(s, n):
    f = n - s
    mixture = beta_mixture(s, f)
    gap = lambda p: mixture - likelihood(s, f, p) + np.log(ALPHA)
    rate = s / n
    lower = 0 if s == 0 else optimize.brentq(gap, 1e-300, rate if f else 1 - 1e-12)
    upper = 1 if f == 0 else optimize.brentq(gap, rate if s else 1e-12, 1 - 1e-16)
    return {"successes": s, "trials": n, "lower": float(lower), "upper": float(upper)}


def two_proportions(s0, n0, s1, n1):
    mixture = beta_mixture(s0, n0 - s0) + beta_mixture(s1, n1 - s1)

    def evidence(d):
        fit = optimize.minimize_scalar(
            lambda p: -likelihood(s0, n0 - s0, p) - likelihood(s1, n1 - s1, p + d),
            bounds=(max(0, -d), min(1, 1 - d)), method="bounded", options={"xatol": 1e-12},
        )
        return float(mixture + fit.fun)

    d = s1 / n1 - s0 / n0
    root = lambda a, b: float(optimize.brentq(lambda x: evidence(x) + np.log(ALPHA), a, b))
    return {
        "control": [s0, n0], "treatment": [s1, n1], "logEvidence": evidence(0),
        "lower": root(-0.999, d), "upper": root(d, 0.999),
    }


def means(n0, n1, planned, shift):
    a, b = rng.gamma(2, 3, n0).round(3), rng.gamma(2, 3, n1).round(3) + shift
    error = np.sqrt(a.var(ddof=1) / n0 + b.var(ddof=1) / n1)
    planned_error = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / planned)
    z, log_evidence = normal_mixture((planned_error / error) ** 2, ALPHA)
    d = b.mean() - a.mean()
    summary = lambda x: {"count": len(x), "sum": float(x.sum()), "sumOfSquares": float((x**2).sum())}
    return {
        "control": summary(a), "treatment": summary(b), "planned": planned, "difference": float(d),
        "lower": float(d - z * error), "upper": float(d + z * error), "logEvidence": float(log_evidence(d / error)),
    }


def quantile_mixture(n, share, planned):
    c = -2 * np.log(ALPHA)
    c += np.log1p(c)
    strength = max(1, planned / c - 1)
    prior = stats.betabinom
    return lambda s: float(prior.logpmf(s, n, strength * share, strength * (1 - share)) - stats.binom.logpmf(s, n, share))


def quantiles(n0, n1, share, planned, shift, decimals):
    """Every pair of observed values and gaps between them, tried one by one."""
    a = np.sort(rng.lognormal(3, 0.5, n0).round(decimals))
    b = np.sort((rng.lognormal(3, 0.5, n1) * shift).round(decimals))
    limit = -np.log(ALPHA)

    def cells(x):
        g = quantile_mixture(len(x), share, planned)
        grid = np.unique(x)
        points = np.concatenate([[-np.inf], np.repeat(grid, 2)])
        low = [np.searchsorted(x, v, "left") for v in grid]
        high = [np.searchsorted(x, v, "right") for v in grid]
        atom = [min(g(s) for s in range(l, h + 1)) for l, h in zip(low, high)]
        # (left end, right end, evidence): atoms and the open gaps between them
        out = [(-np.inf, grid[0], g(0))]
        for i, v in enumerate(grid):
            out.append((v, v, atom[i]))
            out.append((v, grid[i + 1] if i + 1 < len(grid) else np.inf, g(high[i])))
        return out

    lower, upper = np.inf, -np.inf
    for l0, r0, e0 in cells(a):
        for l1, r1, e1 in cells(b):
            if e0 + e1 < limit:
                lower, upper = min(lower, l1 - r0), max(upper, r1 - l0)
    finite = lambda x: float(x) if np.isfinite(x) else None
    return {
        "control": a.tolist(), "treatment": b.tolist(), "share": share, "planned": planned,
        "lower": finite(lower), "upper": finite(upper),
    }


def dkw(n, alpha, first=32):
    """Howard and Ramdas 2022, theorem 2, with A = 0.85: C by root finding over the best eta."""
    A = 0.85

    def crossing(c):
        def one(eta):
            g2 = 2 / eta * max(0, A - np.sqrt(2 * (eta - 1) / c)) ** 2
            return 4 * np.exp(-g2 * c) * (1 + 1 / ((g2 - 1) * np.log(eta))) if g2 > 1 else 1e9

        grid = np.linspace(1.0005, 2 * A * A - 1e-9, 3000)
        start = grid[np.argmin([one(e) for e in grid])]
        return optimize.minimize_scalar(one, bounds=(start - 0.001, start + 0.001), method="bounded").fun

    c = optimize.brentq(lambda x: crossing(x) - alpha, 3, 100)
    return float(A * np.sqrt((np.log1p(np.log(n / first)) + c) / n))


def two_samples(n0, n1, shift):
    a, b = rng.normal(0, 1, n0).round(2), rng.normal(shift, 1, n1).round(2)
    return {"control": a.tolist(), "treatment": b.tolist(), "distance": float(stats.ks_2samp(a, b).statistic)}


def categories(x, y):
    """Log of the marginal likelihoods by scipy's Dirichlet-multinomial, without its coefficients."""
    x, y = np.array(x), np.array(y)

    def mixture(c, weights):
        coefficient = special.gammaln(c.sum() + 1) - special.gammaln(c + 1).sum()
        return stats.dirichlet_multinomial.logpmf(c, weights, c.sum()) - coefficient

    half = np.full(len(x), 0.5)
    both = x + y
    pooled = special.xlogy(both, both / both.sum()).sum()
    return {
        "control": x.tolist(), "treatment": y.tolist(),
        "distance": float(np.abs(x / x.sum() - y / y.sum()).sum() / 2),
        "logEvidence": float(mixture(x, half) + mixture(y, half) - pooled),
    }


def ratio(counts, weights):
    counts, shares = np.array(counts), np.array(weights) / sum(weights)
    test = stats.chisquare(counts, counts.sum() * shares)
    coefficient = special.gammaln(counts.sum() + 1) - special.gammaln(counts + 1).sum()
    mixture = stats.dirichlet_multinomial.logpmf(counts, 100 * shares, counts.sum()) - coefficient
    return {
        "counts": counts.tolist(), "weights": list(weights), "statistic": float(test.statistic),
        "pValue": float(test.pvalue), "logEvidence": float(mixture - special.xlogy(counts, shares).sum()),
    }


def best_rate(arms):
    """P(arm is best) by one integral per arm over its posterior."""
    posterior = [stats.beta(1 + s, 1 + n - s) for s, n in arms]
    return {
        "arms": arms,
        "best": [
            float(integrate.quad(
                lambda p: q.pdf(p) * np.prod([r.cdf(p) for r in posterior if r is not q]), 0, 1,
                points=[q.mean()], limit=400)[0])
            for q in posterior
        ],
    }


def best_mean(arms):
    posterior = [stats.t(n - 1, loc=m, scale=np.sqrt(m2 / (n - 1) / n)) for n, m, m2 in arms]
    return {
        "arms": arms,
        "best": [
            float(integrate.quad(
                lambda x: q.pdf(x) * np.prod([r.cdf(x) for r in posterior if r is not q]),
                q.ppf(1e-9), q.ppf(1 - 1e-9), points=[q.mean()], limit=400)[0])
            for q in posterior
        ],
    }


errors = [(0.05, 0.8), (0.01, 0.9), (0.1, 0.5)]
values = {
    # confseq's own tests (values from its R implementation), sample size 100 being the tuned one.
    "confseq": {
        "normalBound": [100, 30.35209],
        "normalLogEvidence": [10, 100, -0.6510052],
        "betaBinomialLogEvidence": [10, 100, 0.2, -0.6941012],
        "distributionBound": [1000, 100, 0.08204769],
        # values 1..1000 against offset+1..offset+1000: share, offset, p-value
        "quantileTest": [[0.5, 70, 0.814704], [0.5, 85, 0.0838055], [0.5, 100, 0.0054947], [0.9, 55, 0.0340463]],
    },
    "boundary": [[p, a, normal_mixture(p, a)[0]] for p in [0.05, 0.3, 1, 4] for a in [0.05, 0.01]],
    "proportion": [proportion(s, n) for s, n in [(0, 40), (40, 40), (1, 7), (17, 300), (90, 100), (5000, 20000)]],
    "proportions": [
        two_proportions(*x)
        for x in [(3, 100, 9, 100), (0, 50, 6, 40), (700, 1000, 640, 1000), (12, 9000, 15, 1000), (5, 10, 5, 10)]
    ],
    "means": [means(60, 60, 500, 0), means(800, 90, 400, 1.2), means(5000, 5000, 5000, 0.3)],
    "quantiles": [
        quantiles(150, 120, 0.5, 100, 1.0, 1), quantiles(200, 250, 0.9, 200, 1.6, 2), quantiles(60, 60, 0.95, 100, 1.0, 0),
    ],
    "distributionBound": [[n, a, dkw(n, a)] for n in [32, 100, 5000, 10**7] for a in [0.05, 0.025, 0.001]],
    "distributions": [two_samples(100, 80, 0), two_samples(390, 300, 0.7)],
    "categories": [categories([30, 20, 5], [28, 25, 2]), categories([300, 10], [250, 60]), categories([3, 0, 7, 1], [5, 1, 0, 0])],
    "sampleRatio": [
        ratio([501, 499], [50, 50]), ratio([9300, 700], [90, 10]), ratio([640, 560], [1, 1]), ratio([50, 30, 20], [50, 25, 25]),
    ],
    "proportionsSampleSize": [
        [b, d, a, p, float(samplesize_proportions_2indep_onetail(d, b, p, alpha=a))]
        for b, d in [(0.1, 0.02), (0.9, 0.03), (0.02, -0.01), (0.5, -0.2)] for a, p in errors
    ],
    "meansSampleSize": [
        [sd, d, a, p, float(NormalIndPower().solve_power(d / sd, alpha=a, power=p, alternative="two-sided"))]
        for sd, d in [(1, 0.1), (12, 3), (0.4, 0.3)] for a, p in errors[:2]
    ],
    "bestByRate": [best_rate(a) for a in [[(10, 100), (15, 100)], [(90, 100), (91, 100), (40, 50)], [(0, 0), (1, 1)]]],
    "bestByMean": [best_mean(a) for a in [[(30, 5.0, 60.0), (20, 5.4, 90.0)], [(3, 1.0, 2.0), (50, 1.2, 40.0), (9, 0.2, 5.0)]]],
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(values, allow_nan=False) + "\n")
print(f"{path.name}: {path.stat().st_size} bytes")
