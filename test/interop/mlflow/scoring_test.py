"""The unmodified client of MLflow's scoring server against an endpoint: SCORING_URL says where."""

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from urllib.parse import urlparse

import mlflow
import numpy as np
import pandas as pd
import requests
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

URL = os.environ["SCORING_URL"]
REFERENCES = Path(__file__).parents[2] / "references/mlflow-scoring/expected.json"
COLUMNS = list("abcdefghij")


def sign_in(folder):
    """The client has no setting for a token: requests, which it uses, reads this file."""
    path = Path(folder) / "netrc"
    token = os.environ["MLFLOW_TRACKING_TOKEN"]
    path.write_text(f"machine {urlparse(URL).hostname} login token password {token}\n")
    path.chmod(0o600)
    os.environ["NETRC"] = str(path)


class Scoring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        sign_in(folder.name)
        cls.client = ScoringServerClient("unused", 0)
        cls.client.url_prefix = URL

    def test_is_ready_and_says_whose_contract_it_is(self):
        self.client.wait_server_ready(timeout=60)
        self.assertRegex(self.client.get_version(), r"^\d+\.\d+\.\d+$")

    def test_answers_a_data_frame_with_one(self):
        rows = pd.DataFrame([[0.01] * 10, [0.02] * 10], columns=COLUMNS)
        answer = self.client.invoke(rows).get_predictions()
        self.assertEqual((list(answer.columns), len(answer)), (["variable"], 2))
        alone = self.client.invoke(rows.tail(1)).get_predictions()
        self.assertAlmostEqual(answer.variable[1], alone.variable[0], places=3)

    def test_answers_an_array_with_the_outputs_by_name(self):
        answer = self.client.invoke(np.full((2, 10), 0.01))["predictions"]
        self.assertEqual(np.array(answer["variable"]).shape, (2, 1))

    def test_refuses_what_does_not_fit_in_words(self):
        with self.assertRaisesRegex(Exception, "inputs.X"):
            self.client.invoke(np.zeros((1, 9)))

    def test_answers_as_the_server_does(self):
        cases = [case for case in json.loads(REFERENCES.read_text()) if case["model"] == "diabetes"]
        self.assertGreater(len(cases), 10)
        for case in cases:
            headers = {"content-type": case["type"]}
            answer = requests.post(f"{URL}/invocations", data=case["body"], headers=headers)
            self.assertEqual(answer.status_code, case["status"], case["body"])
            if answer.status_code == 200:
                self.same(answer.json(), {"predictions": case["predictions"]})

    def same(self, found, expected):
        if isinstance(expected, dict):
            self.assertEqual(list(found), list(expected))
            for key in expected:
                self.same(found[key], expected[key])
        elif isinstance(expected, list):
            self.assertEqual(len(found), len(expected))
            for one, other in zip(found, expected):
                self.same(one, other)
        else:
            self.assertAlmostEqual(found, expected, places=3)


if __name__ == "__main__":
    print(f"MLflow {mlflow.__version__}", file=sys.stderr)
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
