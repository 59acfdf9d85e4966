"""The same window by Evidently: reads the capture files that bench/monitor.ts wrote, makes its report of drift.

Prints seconds of processor time, peak memory and the number of drifted features as JSON.
"""

import glob
import json
import resource
import sys
import warnings
from time import process_time

warnings.filterwarnings("ignore")

import evidently  # noqa: E402
import pandas as pd  # noqa: E402
from evidently import Report  # noqa: E402
from evidently.presets import DataDriftPreset  # noqa: E402


def frame(folder):
    files = sorted(glob.glob(f"{folder}/**/*.parquet", recursive=True))
    columns = [f"in_x{i}" for i in range(50)]
    return pd.concat([pd.read_parquet(file, columns=columns) for file in files], ignore_index=True)


start = process_time()
reference, current = frame(sys.argv[1]), frame(sys.argv[2])
result = Report([DataDriftPreset()]).run(current, reference)
metrics = result.dict()["metrics"]
seconds = process_time() - start
drifted = next(m["value"]["count"] for m in metrics if "DriftedColumnsCount" in str(m.get("metric_name", m.get("metric_id", ""))))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"version": evidently.__version__, "seconds": seconds, "megabytes": peak, "drifted": int(drifted)}))
