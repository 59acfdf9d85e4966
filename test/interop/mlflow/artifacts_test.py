"""Files of any size with the unmodified MLflow client and none of its settings."""

import hashlib
import os
import sys
import tempfile
import unittest
import uuid
from pathlib import Path

import mlflow
from mlflow import MlflowClient

# Of 500 MiB and more the newest client uploads in parts by itself.
BYTES = int(os.environ["SKIFF_TEST_BYTES"])
BLOCK = 1_000_000
NEWER = int(mlflow.__version__.split(".")[1]) >= 15


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class LargeFiles(unittest.TestCase):
    def test_go_up_in_one_request_and_come_down(self):
        client = MlflowClient()
        experiment = client.create_experiment(f"large-{uuid.uuid4().hex[:8]}")
        location = client.get_experiment(experiment).artifact_location
        self.assertRegex(location, r"^mlflow-artifacts://[^/]+/" + experiment)
        run = client.create_run(experiment).info.run_id
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "weights.bin"
            noise = os.urandom(BLOCK)
            with open(path, "wb") as file:
                for i in range(BYTES // BLOCK):
                    file.write(i.to_bytes(8, "big") + noise[8:])
            sent = digest(path)
            client.log_artifact(run, str(path), "model")
            path.unlink()
            [found] = client.list_artifacts(run, "model")
            self.assertEqual((found.path, found.file_size), ("model/weights.bin", BYTES))
            # Newer clients go to S3 for it, unless they are told to stay with the host.
            for straight in ["true", "false"] if NEWER else ["false"]:
                os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"] = straight
                path = Path(client.download_artifacts(run, "model/weights.bin", folder))
                self.assertEqual(digest(path), sent)
                path.unlink()


if __name__ == "__main__":
    print(f"MLflow {mlflow.__version__}", file=sys.stderr)
    unittest.main()
