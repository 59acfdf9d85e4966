"""Writes reference values beside the scripts.

In an environment with requirements.txt: `python distributions.py`, then `biome format --write .`
"""

import json
from pathlib import Path


def write(name: str, values: dict) -> None:
    path = Path(__file__).with_name(f"{name}.json")
    path.write_text(json.dumps(values, allow_nan=False) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")
