"""Reference values for profiles, and files as pandas writes them.

In an environment with requirements.txt: `python data.py`, then `biome format --write .`
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "examples"
SHARES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]


def numeric(column: pd.Series) -> dict:
    values = column.dropna().to_numpy(float)
    return {
        "count": len(column),
        "missing": int(column.isna().sum()),
        "distinct": int(column.nunique()),
        "min": values.min(),
        "max": values.max(),
        "mean": values.mean(),
        "standardDeviation": values.std(ddof=1),
        "skewness": stats.skew(values),
        "kurtosis": stats.kurtosis(values),
        "quantiles": np.quantile(values, SHARES, method="inverted_cdf").tolist(),
    }


def text(column: pd.Series) -> dict:
    counts = column.value_counts()
    lengths = column.dropna().str.len()
    return {
        "count": len(column),
        "missing": int(column.isna().sum()),
        "distinct": int(column.nunique()),
        "counts": {str(k): int(v) for k, v in counts.items()},
        "lengths": {
            "min": int(lengths.min()),
            "max": int(lengths.max()),
            "mean": float(lengths.mean()),
        },
    }


def describe(name: str) -> dict:
    frame = pd.read_csv(EXAMPLES / name / "sample.csv")
    return {
        "rows": len(frame),
        "columns": {
            column: numeric(frame[column])
            if pd.api.types.is_numeric_dtype(frame[column])
            else text(frame[column])
            for column in frame.columns
        },
    }


reference = {
    "tables": {name: describe(name) for name in ["breast-cancer", "penguins", "diabetes"]},
}
(HERE / "data.json").write_text(json.dumps(reference, allow_nan=False) + "\n")

rows = 1000
rng = np.random.default_rng(5)
made = pd.DataFrame(
    {
        "amount": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows).round(3)),
        "count": rng.integers(0, 9, rows),
        "big": np.array([2**60 + i for i in range(rows)]),
        "shop": rng.choice(["north", "south", None], rows),
        "open": rng.random(rows) < 0.5,
        "day": pd.to_datetime("2024-02-28") + pd.to_timedelta(np.arange(rows) % 3, unit="D"),
    }
)
for codec in ["snappy", "gzip", "zstd", "brotli"]:
    made.to_parquet(HERE / f"pandas-{codec}.parquet", compression=codec, row_group_size=400)
made.assign(day=made["day"].dt.strftime("%Y-%m-%d"), open=made["open"].astype(str).str.lower()).to_csv(
    HERE / "pandas.csv", index=False
)
