"""Runs MLflow's own tests of its server against a deployed Skiff and writes down which pass.

python run.py CHECKOUT TABLE.md [options of pytest]

TABLE.md gets the table, below a mark where it has one. CHECKOUT is a folder with MLflow's `tests/` (its packages on PyPI have none of them);
MLFLOW_TRACKING_URI and MLFLOW_TRACKING_TOKEN say where Skiff is.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
FILES = [
    "tests/tracking/test_rest_tracking.py",
    "tests/tracking/test_model_registry.py",
    "tests/tracking/test_mlflow_artifacts.py",
]
OUTCOMES = ["passes", "fails", "differs", "does not apply"]


def run(files, more):
    with tempfile.TemporaryDirectory() as folder:
        outcomes = Path(folder, "outcomes.json")
        environment = {
            **os.environ,
            "PYTHONPATH": str(HERE),
            "SUITE_OUTCOMES": str(outcomes),
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "GIT_PYTHON_REFRESH": "quiet",
        }
        options = ["-q", "-p", "plugin", "--noconftest", "--import-mode=importlib", "--tb=short"]
        # Away from MLflow's own settings of pytest, which ask for plugins.
        options += ["-c", os.devnull, "--rootdir", folder, "-p", "no:cacheprovider", *more]
        command = [sys.executable, "-m", "pytest", *options, *files]
        subprocess.run(command, cwd=folder, env=environment, check=False)
        return json.loads(outcomes.read_text())


def tests_of(outcomes):
    """Each test once, whatever the number of its parameters."""
    tests = {}
    for one in outcomes:
        tests.setdefault((one["file"], one["test"]), []).append(one)
    for (file, name), found in tests.items():
        first = next((one for one in found if one["outcome"] != "passes"), found[0])
        often = f" ({len(found)})" if len(found) > 1 else ""
        yield file, name, first["outcome"], often, first["why"]


def table(version, outcomes):
    tests = list(tests_of(outcomes))
    lines = [f"Client and tests: MLflow {version}.", ""]
    lines += [f"| file | {' | '.join(OUTCOMES)} |", "| --- | --- | --- | --- | --- |"]
    for file in dict.fromkeys(file for file, *_ in tests):
        count = Counter(outcome for f, _, outcome, *_ in tests if f == file)
        cells = [str(count[key]) for key in OUTCOMES]
        lines.append(f"| `{file}` | {' | '.join(cells)} |")
    lines += ["", "| test | | why |", "| --- | --- | --- |"]
    for file, name, outcome, often, why in sorted(tests, key=lambda test: (test[0], test[1])):
        lines.append(f"| `{file[5:-3]}`: `{name[5:]}`{often} | {outcome} | {why.replace('|', '/')} |")
    return "\n".join(lines) + "\n"


MARK = "<!-- What follows is written by test/interop/mlflow-suite/run.py. -->\n"


def write(file, text):
    """Below the mark, where the file has one."""
    before = file.read_text() if file.exists() else ""
    before = before.split(MARK)[0] + MARK + "\n" if MARK in before else ""
    file.write_text(before + text)


if __name__ == "__main__":
    checkout = Path(sys.argv[1]).resolve()
    found = [str(checkout / file) for file in FILES if (checkout / file).exists()]
    if not found:
        sys.exit(f"{checkout} has none of {', '.join(FILES)}")
    result = run(found, sys.argv[3:])
    write(Path(sys.argv[2]), table(result["mlflow"], result["outcomes"]))
    sys.exit(1 if any(one["outcome"] == "fails" for one in result["outcomes"]) else 0)
