"""Where the references are written, and the examples' data.

In an environment with requirements.txt: `python distances.py`, then `biome format --write .`
"""

import json
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "examples"


def write(name, values):
    path = HERE / f"{name}.json"
    path.write_text(json.dumps(values, allow_nan=False) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def read(example, part):
    """Numbers as doubles, texts as texts, as Skiff reads them."""
    frame = pd.read_csv(EXAMPLES / example / f"{part}.csv")
    numeric = frame.select_dtypes("number").columns
    return frame.astype({name: float for name in numeric})
