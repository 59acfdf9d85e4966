"""What DVC itself writes for a file, a folder and a pipeline, and where its remote keeps them.

    pip install -r requirements.txt && python make.py > dvc.json
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import dvc

PIPELINE = """stages:
  prepare:
    cmd: cp data/wages.csv prepared.csv
    deps:
    - data/wages.csv
    outs:
    - prepared.csv
  train:
    cmd: cp prepared.csv model.txt && echo "a training whose command is so long that a line of
      YAML would hold it no more" > words.txt
    deps:
    - train.py
    - prepared.csv
    params:
    - seed
    outs:
    - model.txt
    - words.txt
"""


def dvc_run(*args):
    subprocess.run([sys.executable, "-m", "dvc", *args], check=True, stdout=sys.stderr)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        remote = Path(folder, "remote")
        dvc_run("init", "--no-scm", "--quiet")
        dvc_run("remote", "add", "--default", "store", "s3://research/dvc store")
        dvc_run("remote", "add", "other", "s3://elsewhere")
        Path("data/images").mkdir(parents=True)
        Path("data/wages.csv").write_text("age,wage\n31,2500\n44,3100\n")
        for i in range(3):
            Path(f"data/images/{i}.txt").write_text(f"image {i}\n")
        dvc_run("add", "--quiet", "data/wages.csv", "data/images")
        Path("train.py").write_text("print('training')\n")
        Path("params.yaml").write_text("seed: 42\n")
        Path("dvc.yaml").write_text(PIPELINE)
        dvc_run("repro", "--quiet")
        config = Path(".dvc/config").read_text()
        dvc_run("remote", "add", "--local", "here", str(remote))
        dvc_run("push", "--quiet", "--remote", "here")
        objects = sorted(str(p.relative_to(remote)) for p in remote.rglob("*") if p.is_file())
        pointers = ["data/wages.csv.dvc", "data/images.dvc", "dvc.lock"]
        print(
            json.dumps(
                {
                    "version": dvc.__version__,
                    "config": config,
                    "files": {name: Path(name).read_text() for name in pointers},
                    "objects": objects,
                },
                indent=2,
            )
        )


if __name__ == "__main__":
    main()
