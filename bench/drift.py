"""The same report by scipy: reads the doubles that bench/drift.ts wrote, prints seconds as JSON."""

import json
import sys
from time import perf_counter

import numpy as np
from scipy import stats
from scipy.spatial import distance

path, rows, features = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
data = np.fromfile(path).reshape(features, 2, rows)


def timed(run):
    start = perf_counter()
    scores = [float(run(reference, current)) for reference, current in data]
    return {"seconds": perf_counter() - start, "scores": scores}


def shares(reference, current):
    edges = np.histogram_bin_edges(np.concatenate([reference, current]), bins="sturges")
    pair = [np.histogram(sample, edges)[0] / len(sample) for sample in (reference, current)]
    return [np.where(share == 0, 1e-4, share) for share in pair], pair


def psi(reference, current):
    (r, c), _ = shares(reference, current)
    return np.sum((r - c) * np.log(r / c))


print(
    json.dumps(
        {
            "kolmogorov-smirnov": timed(lambda r, c: stats.ks_2samp(r, c).statistic),
            "wasserstein": timed(lambda r, c: stats.wasserstein_distance(r, c) / np.std(r)),
            "psi": timed(psi),
            "jensen-shannon": timed(lambda r, c: distance.jensenshannon(*shares(r, c)[1])),
        }
    )
)
