"""A run is written down by Skiff and run again: the metrics are the same.

MLFLOW_TRACKING_URI and _TOKEN say where; AWS_ENDPOINT_URL and DATA_BUCKET where S3 is, DATA what the
object that DVC would have put there holds.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.data.dataset_source_registry import get_dataset_source_from_json
from mlflow.data.meta_dataset import MetaDataset

HERE = Path(__file__).parent
CSV = os.environ["DATA"].encode()
MD5 = hashlib.md5(CSV).hexdigest()
SPACE = "reproduced"
SKIFF = os.environ["MLFLOW_TRACKING_URI"]
#: What `aws` would do, with the emulator for S3: there is no AWS CLI among the test's packages.
AWS = """#!/usr/bin/env bash
[ "$1 $2 $3" = 's3 cp --only-show-errors' ] || exit 64
curl --fail --silent --show-error --output "$5" "$AWS_ENDPOINT_URL/${4#s3://}"
"""


def git(folder, *arguments):
    who = ["-c", "user.name=alice", "-c", "user.email=alice@example.com"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def ask(method, path, body=None):
    request = urllib.request.Request(SKIFF + path, method=method)
    request.add_header("authorization", f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}")
    request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request, json.dumps(body).encode() if body else None) as answer:
        return json.load(answer)


class Reproduction(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = {**os.environ, "MLFLOW_TRACKING_URI": f"{SKIFF}/{SPACE}"}
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "aws").write_text(AWS)
        (tools / "aws").chmod(0o755)
        # The environment that the client is in has what the training needs: pip finds it there.
        self.environment["VIRTUAL_ENV"] = sys.prefix
        self.environment["PATH"] = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"

    def repository(self):
        remote, work = self.folder / "remote.git", self.folder / "work"
        subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
        subprocess.run(["git", "init", "--quiet", work], check=True)
        shutil.copy(HERE / "train.py", work)
        (work / ".gitignore").write_text("data/wages.csv\n")
        git(work, "add", ".")
        git(work, "commit", "--quiet", "-m", "Train")
        git(work, "remote", "add", "origin", str(remote))
        git(work, "push", "--quiet", "origin", "HEAD:main")
        return work

    def trained(self, work):
        """A run of the training, with what its owner logs beside it so that nothing is missing."""
        (work / "data").mkdir()
        (work / "data/wages.csv").write_bytes(CSV)
        command = ["python", "train.py", "--rate", "0.25", "--seed", "7"]
        subprocess.run(command, cwd=work, env=self.environment, check=True)
        mlflow.set_tracking_uri(f"{SKIFF}/{SPACE}")
        (run,) = mlflow.search_runs(
            search_all_experiments=True, max_results=1, output_format="list"
        )
        with mlflow.start_run(run_id=run.info.run_id):
            mlflow.set_tag("skiff.command", " ".join(command))
            mlflow.log_text("mlflow-skinny\n", "requirements.txt")
            version = ".".join(map(str, sys.version_info[:3]))
            mlflow.log_text(f"python: {version}\n", "python_env.yaml")
            pointer = f"outs:\n- md5: {MD5}\n  size: {len(CSV)}\n  hash: md5\n  path: wages.csv\n"
            mlflow.log_text(pointer, "data/wages.csv.dvc")
            bucket = os.environ["DATA_BUCKET"]
            mlflow.log_text(
                f"[core]\n    remote = s3\n['remote \"s3\"']\n    url = s3://{bucket}/dvc\n",
                ".dvc/config",
            )
            source = get_dataset_source_from_json(json.dumps({"uri": "data/wages.csv"}), "local")
            mlflow.log_input(MetaDataset(source, name="wages", digest=MD5[:8]), "training")
        return MlflowClient().get_run(run.info.run_id)

    def test_has_the_same_metrics(self):
        run = self.trained(self.repository())
        path = f"/api/v1/runs/{run.info.run_id}"
        record = ask("GET", f"{path}?workspace={SPACE}")
        self.assertEqual(record["source"]["name"], "train.py")
        self.assertEqual(len(record["git"]["commit"]), 40)
        self.assertEqual(record["seeds"], [{"name": "seed", "value": "7"}])
        (data,) = record["data"]
        key = f"dvc/files/md5/{MD5[:2]}/{MD5[2:]}"
        self.assertEqual(data["object"]["uri"], f"s3://{os.environ['DATA_BUCKET']}/{key}")
        self.assertEqual(data["context"], "training")

        made = ask("POST", f"{path}/reproduction", {"workspace": SPACE})
        self.assertTrue(made["runnable"])
        self.assertEqual([one["what"] for one in made["missing"]], ["systemMetrics"])
        script = self.folder / "again.sh"
        script.write_text(made["script"])
        done = subprocess.run(
            ["bash", script, self.folder / "again"],
            env=self.environment,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        (again,) = mlflow.search_runs(
            search_all_experiments=True,
            filter_string=f"tags.`skiff.reproductionOf` = '{run.info.run_id}'",
            output_format="list",
        )
        self.assertNotEqual(again.info.run_id, run.info.run_id)
        self.assertEqual(again.data.metrics, run.data.metrics)
        self.assertEqual(again.data.params, run.data.params)
        history = [
            [point.value for point in MlflowClient().get_metric_history(one.info.run_id, "error")]
            for one in (run, again)
        ]
        self.assertEqual(len(history[0]), 12)
        self.assertEqual(history[0], history[1])


if __name__ == "__main__":
    print(f"MLflow {mlflow.__version__}", file=sys.stderr)
    unittest.main()
