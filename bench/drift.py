"""The same report by scipy: reads the doubles that bench/drift.ts wrote, prints seconds of processor time as JSON."""

import json
import sys
from time import process_time

import numpy as np
from scipy import stats
from scipy.spatial import distance

path, rows, features = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
data = np.fromfile(path).reshape(features, 2, rows)


def timed(run):
    start = process_time()
    scores = [float(run(reference, current)) for reference, current in data]
    return {"seconds": process_time() - start, "scores": scores}


def shares(reference, current):
    edges = np.histogram_bin_edges(np.concatenate([reference, current]), bins="sturges")
    pair = [np.histogram(sample, edges)[0] / len(sample) for sample in (reference, current)]
    return [filled(share) for share in pair], pair


def filled(share):
    least = share[share > 0].min()
    return np.where(share == 0, least / 1e6 if least <= 1e-4 else 1e-4, share)


def psi(reference, current):
    (r, c), pair = shares(reference, current)
    return np.sum(((r - c) * np.log(r / c))[pair[0] + pair[1] > 0])


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
