"""Where River's detectors warn and fire on seeded and real streams.

In an environment with requirements.txt: `python detectors.py`, then `biome format --write .`
"""

import csv
import json
from pathlib import Path

import numpy as np
from river import drift

HERE = Path(__file__).parent
WAGES = HERE.parents[2] / "examples" / "wages"
rng = np.random.default_rng(2026)


def bits(*parts):
    return [int(x) for rate, n in parts for x in rng.random(n) < rate]


def normals(*parts):
    return [round(float(x), 4) for mean, scale, n in parts for x in rng.normal(mean, scale, n)]


def wages():
    """Whether people earn more than the median, by age: a relation that changes."""
    rows = [row for part in ("training", "validation") for row in csv.DictReader(open(WAGES / f"{part}.csv"))]
    rows = [row for row in rows if row["age"] and row["wage"]]
    return [int(row["wage"] == "above") for row in sorted(rows, key=lambda row: float(row["age"]))]


BITS = {
    "abrupt": bits((0.1, 1000), (0.4, 1000), (0.15, 1000)),
    "falling": bits((0.5, 1200), (0.1, 1200)),
    "gradual": bits(*[(0.05 + 0.0015 * i, 15) for i in range(200)]),
    "none": bits((0.2, 3000)),
    "rare": bits((0.01, 3000), (0.05, 1500)),
    "wages": wages(),
}
NUMBERS = {
    "mean": normals((0, 1, 500), (1.5, 1, 500)),
    "spread": normals((0, 1, 400), (0, 3, 400)),
    "small": normals((0.5, 0.2, 600), (0.65, 0.2, 600)),
    "none": normals((2, 1, 900)),
}


def ranges(indices):
    """Neighbouring indices as [first, last]."""
    found = []
    for i in indices:
        if found and found[-1][1] == i - 1:
            found[-1][1] = i
        else:
            found.append([i, i])
    return found


def run(make, stream, after=lambda detector: {}):
    detector = make()
    drifts, warnings = [], []
    for i, x in enumerate(stream):
        detector.update(x)
        if detector.drift_detected:
            drifts.append(i)
        if getattr(detector, "warning_detected", False):
            warnings.append(i)
    return {"drifts": drifts, "warnings": ranges(warnings), **after(detector)}


def adwin(detector):
    return {"width": float(detector.width), "total": float(detector.total), "variance": float(detector.variance)}


def kswin(stream):
    """With the positions that its generator drew, test by test."""
    detector = drift.KSWIN(seed=5)
    draws, drifts = [], []

    class Recorder:
        def __init__(self, inner):
            self.inner = inner

        def sample(self, population, k):
            draws.append(self.inner.sample(population, k))
            return draws[-1]

    detector._rng = Recorder(detector._rng)
    for i, x in enumerate(stream):
        if detector.drift_detected:
            detector._reset()
            detector._rng = Recorder(detector._rng)
            detector._drift_detected = False
        detector.update(x)
        if detector.drift_detected:
            drifts.append(i)
    return {"drifts": drifts, "warnings": [], "draws": draws}


binary = {
    "DDM": drift.binary.DDM,
    "EDDM": drift.binary.EDDM,
    "HDDM_A": drift.binary.HDDMA,
    "HDDM_A two-sided": lambda: drift.binary.HDDMA(two_sided_test=True),
    "HDDM_W": drift.binary.HDDMW,
    "HDDM_W two-sided": lambda: drift.binary.HDDMW(two_sided_test=True),
    "Page-Hinkley": drift.PageHinkley,
    "Page-Hinkley sensitive": lambda: drift.PageHinkley(threshold=8, mode="down"),
}
cases = []
for name, stream in BITS.items():
    for detector, make in binary.items():
        cases.append({"detector": detector, "stream": name, **run(make, stream)})
    cases.append({"detector": "ADWIN", "stream": name, **run(drift.ADWIN, stream, adwin)})
for name, stream in NUMBERS.items():
    cases.append({"detector": "ADWIN", "stream": f"numbers {name}", **run(drift.ADWIN, stream, adwin)})
    cases.append({"detector": "Page-Hinkley", "stream": f"numbers {name}", **run(drift.PageHinkley, stream)})
    cases.append({"detector": "KSWIN", "stream": f"numbers {name}", **kswin(stream)})

streams = {name: "".join(map(str, stream)) for name, stream in BITS.items()}
numbers = {f"numbers {name}": stream for name, stream in NUMBERS.items()}
path = HERE / "detectors.json"
path.write_text(json.dumps({"bits": streams, "numbers": numbers, "cases": cases}, allow_nan=False) + "\n")
for case in cases:
    print(case["detector"], "|", case["stream"], case["drifts"][:6], len(case["warnings"]))
