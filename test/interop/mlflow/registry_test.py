"""MLflow's registry, by its unmodified client, is Skiff's own: MLFLOW_TRACKING_URI and _TOKEN say where."""

import json
import os
import sys
import time
import unittest
import urllib.error
import urllib.request
import uuid

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

REQUIREMENTS = ["onnx==1.23.2", "scikit-learn==1.9.1"]


def unique(name):
    return f"{name}-{uuid.uuid4().hex[:8]}"


def refusal(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except MlflowException as error:
        return error.error_code
    raise AssertionError("was not refused")


def skiff(method, path, body=None):
    """Skiff's own API."""
    request = urllib.request.Request(
        mlflow.get_tracking_uri().rstrip("/") + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "authorization": f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}",
            "content-type": "application/json",
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"{}")


def product(weights):
    """x @ W as a graph."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", weights.shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", weights.shape[1]])],
        [numpy_helper.from_array(weights, "W")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


SMALL = product(np.eye(3, dtype=np.float32))


class Registry(unittest.TestCase):
    def setUp(self):
        self.client = MlflowClient()
        self.name = unique("model")
        self.addCleanup(mlflow.end_run)

    def unexamined(self):
        """What is not about examinations does not wait for them."""
        skiff("PUT", "/api/v1/policies/unexamined", {"gates": [], "validateOnRegistration": False})
        self.client.create_registered_model(self.name)
        skiff("PATCH", f"/api/v1/models/{self.name}", {"policy": "unexamined"})

    def logged(self, model=SMALL, **more):
        """A version of `self.name`."""
        mlflow.set_experiment("registry")
        with mlflow.start_run() as run:
            mlflow.onnx.log_model(
                model,
                name="model",
                registered_model_name=self.name,
                pip_requirements=REQUIREMENTS,
                **more,
            )
        found = self.client.search_model_versions(f"name = '{self.name}'", max_results=1)
        return found[0], run.info.run_id


class Life(Registry):
    def test_a_logged_model_is_examined_served_and_loaded_as_it_is_served(self):
        rng = np.random.default_rng(7)
        frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=["age", "income", "children"])
        labels = (frame.age + frame.income > 0).astype(int)
        trained = LogisticRegression().fit(frame.values, labels)
        exported = to_onnx(trained, frame.values[:1].astype(np.float32))
        mlflow.set_experiment("registry")
        with mlflow.start_run(tags={"mlflow.source.git.commit": "4f2a"}) as run:
            mlflow.log_params({"C": 1.0, "random_state": 7})
            mlflow.log_metrics({"loss": 0.25, "val_accuracy": 0.9})
            mlflow.log_input(mlflow.data.from_pandas(frame, name="people"), context="training")
            mlflow.onnx.log_model(
                exported,
                name="model",
                registered_model_name=self.name,
                input_example=frame[:2],
                signature=mlflow.models.infer_signature(frame, labels.to_numpy()),
                pip_requirements=REQUIREMENTS,
            )
        version = self.client.get_model_version(self.name, "1")
        self.assertEqual((version.status, version.run_id), ("READY", run.info.run_id))
        record = skiff("GET", f"/api/v1/models/{self.name}/versions/1")
        self.assertEqual([f["name"] for f in record["signature"]["features"]], list(frame.columns))
        self.assertEqual(record["goldenSample"]["rows"], 2)
        self.assertNotIn("infer_signature", version.status_message)
        lineage = record["lineage"]
        self.assertEqual(lineage["run"]["id"], run.info.run_id)
        self.assertEqual((lineage["run"]["seed"], lineage["code"]["version"]), (7, "4f2a"))
        self.assertEqual(lineage["hyperparameters"], {"C": "1.0", "random_state": "7"})
        self.assertEqual([(d["name"], d["role"], d["rows"]) for d in lineage["datasets"]], [("people", "training", 40)])
        self.assertEqual(lineage["environment"]["packages"]["scikit-learn"], "1.9.1")
        self.assertEqual(record["metrics"], {"training": {"loss": 0.25}, "validation": {"val_accuracy": 0.9}})

        until = time.time() + 120
        while "approved" not in (version := self.client.get_model_version(self.name, "1")).status_message:
            self.assertNotIn("rejected", version.status_message)
            self.assertLess(time.time(), until, version.status_message)
            time.sleep(0.5)
        self.client.set_registered_model_alias(self.name, "champion", "1")
        endpoint = unique("interop")
        variants = [{"name": "main", "model": self.name, "alias": "champion", "weight": 100}]
        skiff("PUT", f"/api/v1/endpoints/{endpoint}", {"variants": variants})
        rows = frame[:5].to_dict("records")
        answer = skiff("POST", f"/api/v1/endpoints/{endpoint}/predictions", {"rows": rows})
        labelled = [p["label"] for p in answer["predictions"]]
        self.assertEqual([int(p) for p in labelled], trained.predict(frame.values[:5]).tolist())
        self.assertEqual(refusal(self.client.delete_model_version, self.name, "1"), "INVALID_STATE")
        self.assertEqual(refusal(self.client.delete_registered_model, self.name), "INVALID_STATE")

        # What is served has no ZipMap: arrays, as every runtime reads them.
        loaded = mlflow.onnx.load_model(f"models:/{self.name}@champion")
        self.assertEqual([n.op_type for n in loaded.graph.node if n.op_type == "ZipMap"], [])
        for uri in (f"models:/{self.name}/1", f"models:/{self.name}/latest"):
            self.assertEqual(mlflow.onnx.load_model(uri), loaded)
        info = mlflow.models.get_model_info(f"models:/{self.name}/1")
        self.assertEqual(info.signature.inputs.input_names(), list(frame.columns))

    def test_one_that_is_split_into_files_is_joined(self):
        self.unexamined()
        weights = np.random.default_rng(1).normal(size=(64, 64)).astype(np.float32)
        version, _ = self.logged(product(weights))
        self.assertEqual((version.status, version.version), ("READY", "1"))
        loaded = mlflow.onnx.load_model(f"models:/{self.name}/1")
        [kept] = loaded.graph.initializer
        np.testing.assert_array_equal(numpy_helper.to_array(kept), weights)

    def test_one_that_is_large_is_waited_for(self):
        self.unexamined()
        weights = np.ones((2200, 2000), dtype=np.float32)
        version, run = self.logged(product(weights))
        self.assertEqual((version.status, version.version, version.run_id), ("READY", "1", run))
        record = skiff("GET", f"/api/v1/models/{self.name}/versions/1")
        self.assertEqual((record["lineage"]["run"]["id"], record["status"]), (run, "registered"))
        self.assertGreater(record["artifact"]["sizeBytes"], weights.nbytes)

    def test_one_of_skiffs_own_api_is_loaded_too(self):
        import base64

        self.unexamined()
        artifact = {"base64": base64.b64encode(SMALL.SerializeToString()).decode()}
        made = skiff("POST", f"/api/v1/models/{self.name}/versions", {"artifact": artifact, "tags": {"by": "skiff"}})
        found = self.client.get_model_version(self.name, str(made["version"]))
        self.assertEqual((found.tags, found.current_stage, found.run_id), ({"by": "skiff"}, "None", None))
        self.assertEqual(mlflow.onnx.load_model(f"models:/{self.name}/1"), SMALL)
        self.client.set_model_version_tag(self.name, "1", "seen", "yes")
        self.assertEqual(skiff("GET", f"/api/v1/models/{self.name}/versions/1")["tags"], {"by": "skiff", "seen": "yes"})

    def test_one_that_the_reader_refuses_is_no_version(self):
        self.client.create_registered_model(self.name)
        bad = helper.make_model(
            helper.make_graph(
                [helper.make_node("Mystery", ["x"], ["y"], domain="elsewhere")],
                "g",
                [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])],
                [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])],
            ),
            opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("elsewhere", 1)],
            ir_version=8,
        )
        with self.assertRaisesRegex(MlflowException, "INVALID_PARAMETER_VALUE.*elsewhere"):
            self.logged(bad)
        self.assertEqual(self.client.search_model_versions(f"name = '{self.name}'"), [])

    def test_one_that_is_not_onnx_is_kept_with_the_way_out(self):
        mlflow.set_experiment("registry")
        trained = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        with mlflow.start_run() as run:
            mlflow.log_param("C", 1.0)
            mlflow.sklearn.log_model(
                trained,
                name="model",
                registered_model_name=self.name,
                serialization_format="cloudpickle",
                pip_requirements=REQUIREMENTS,
            )
        found = self.client.get_model_version(self.name, "1")
        self.assertEqual((found.status, found.run_id), ("READY", run.info.run_id))
        self.assertIn("skl2onnx.to_onnx", found.status_message)
        self.client.set_registered_model_alias(self.name, "champion", "1")
        loaded = mlflow.sklearn.load_model(f"models:/{self.name}@champion")
        self.assertEqual(loaded.predict([[1.0]]).tolist(), [1])
        with self.assertRaises(urllib.error.HTTPError) as refused:
            variants = [{"name": "main", "model": self.name, "alias": "champion", "weight": 100}]
            skiff("PUT", f"/api/v1/endpoints/{unique('never')}", {"variants": variants})
        self.assertEqual(refused.exception.code, 409)
        self.assertIn("only ONNX is served here", json.loads(refused.exception.read())["detail"])


class Changes(Registry):
    def test_words_tags_and_aliases(self):
        client, name = self.client, self.name
        client.create_registered_model(name, tags={"team": "search"}, description="what it is")
        self.assertEqual(refusal(client.create_registered_model, name), "RESOURCE_ALREADY_EXISTS")
        self.assertEqual(skiff("GET", f"/api/v1/models/{name}")["tags"], {"team": "search"})
        client.update_registered_model(name, "more")
        client.set_registered_model_tag(name, "a", "1")
        client.delete_registered_model_tag(name, "team")
        found = client.get_registered_model(name)
        self.assertEqual((found.description, found.tags), ("more", {"a": "1"}))
        self.assertEqual(refusal(client.rename_registered_model, name, unique("other")), "NOT_IMPLEMENTED")

        for i in ("1", "2"):
            version = client.create_model_version(name, "s3://elsewhere/model", tags={"i": i})
            self.assertEqual((version.version, version.status), (i, "READY"))
            self.assertIn("is not read here", version.status_message)
        client.update_model_version(name, "1", "the first")
        client.delete_model_version_tag(name, "1", "i")
        first = client.get_model_version(name, "1")
        self.assertEqual((first.description, first.tags), ("the first", {}))
        for alias, number in (("Champion", "1"), ("champion", "1"), ("champion", "2")):
            client.set_registered_model_alias(name, alias, number)
        self.assertEqual(client.get_registered_model(name).aliases, {"Champion": "1", "champion": "2"})
        self.assertEqual(client.get_model_version_by_alias(name, "champion").version, "2")
        self.assertEqual(skiff("GET", f"/api/v1/models/{name}/aliases/champion")["version"], 2)
        client.delete_registered_model_alias(name, "Champion")
        self.assertEqual(refusal(client.get_model_version_by_alias, name, "Champion"), "INVALID_PARAMETER_VALUE")
        for bad in ("latest", "v1", "a b"):
            self.assertEqual(refusal(client.set_registered_model_alias, name, bad, "1"), "INVALID_PARAMETER_VALUE")

    def test_stages(self):
        client, name = self.client, self.name
        client.create_registered_model(name)
        for _ in range(3):
            client.create_model_version(name, "s3://elsewhere/model")
        move = client.transition_model_version_stage
        move(name, "1", "production")
        move(name, "2", "Production")
        latest = {v.current_stage: v.version for v in client.get_latest_versions(name)}
        self.assertEqual(latest, {"Production": "2", "None": "3"})
        move(name, "3", "Production", archive_existing_versions=True)
        stages = [client.get_model_version(name, str(i)).current_stage for i in (1, 2, 3)]
        self.assertEqual(stages, ["Archived", "Archived", "Production"])
        self.assertEqual([v.version for v in client.get_latest_versions(name, ["Archived"])], ["2"])
        self.assertEqual(refusal(move, name, "1", "nowhere"), "INVALID_PARAMETER_VALUE")
        move(name, "1", "None")
        self.assertEqual(client.get_model_version(name, "1").current_stage, "None")

    def test_deletions_and_the_way_back(self):
        client, name = self.client, self.name
        self.unexamined()
        first, run = self.logged()
        self.assertIn("infer_signature", first.status_message)
        client.create_model_version(name, first.source, run)
        client.set_registered_model_alias(name, "old", "1")
        client.delete_model_version(name, "1")
        self.assertEqual(refusal(client.get_model_version, name, "1"), "RESOURCE_DOES_NOT_EXIST")
        self.assertEqual(refusal(client.delete_model_version, name, "1"), "RESOURCE_DOES_NOT_EXIST")
        self.assertEqual(client.get_registered_model(name).aliases, {})
        self.assertEqual(skiff("GET", f"/api/v1/models/{name}/versions/1")["status"], "archived")
        client.delete_registered_model(name)
        self.assertEqual(refusal(client.get_registered_model, name), "RESOURCE_DOES_NOT_EXIST")
        self.assertEqual(refusal(client.delete_registered_model, name), "RESOURCE_DOES_NOT_EXIST")
        self.assertEqual(client.search_registered_models(f"name = '{name}'"), [])
        client.create_registered_model(name, description="again")
        back = client.get_registered_model(name)
        self.assertEqual((back.description, [v.version for v in back.latest_versions]), ("again", ["2"]))
        self.assertEqual(client.create_model_version(name, first.source, run).version, "3")

    def test_copies(self):
        self.unexamined()
        version, run = self.logged()
        other = unique("copy")
        copy = self.client.copy_model_version(f"models:/{self.name}/1", other)
        self.assertEqual((copy.name, copy.version, copy.run_id), (other, "1", run))
        digests = {skiff("GET", f"/api/v1/models/{n}/versions/1")["artifact"]["sha256"] for n in (self.name, other)}
        self.assertEqual(len(digests), 1)
        client, elsewhere = self.client, unique("elsewhere")
        client.create_registered_model(elsewhere)
        client.create_model_version(elsewhere, "s3://elsewhere/model")
        copied = client.copy_model_version(f"models:/{elsewhere}/1", other)
        self.assertEqual(client.get_model_version_download_uri(other, copied.version), "s3://elsewhere/model")

    def test_sources(self):
        client, name = self.client, self.name
        self.unexamined()
        version, run = self.logged()
        for again in ("2", "3"):
            made = mlflow.register_model(f"runs:/{run}/model", name, tags={"again": again})
            self.assertEqual((made.version, made.run_id, made.status), (again, run, "READY"))
        model = version.source.removeprefix("models:/")
        tag = json.loads(client.get_logged_model(model).tags["mlflow.modelVersions"])
        self.assertEqual([v["version"] for v in tag], ["1", "2", "3"])
        for source in ("/etc/passwd", "file:///etc", "models:/m-none", "mlflow-artifacts:/1/../2", "runs:/x/y"):
            self.assertEqual(refusal(client.create_model_version, name, source, "0" * 32), "INVALID_PARAMETER_VALUE", source)


class Searches(Registry):
    def test_models_and_versions(self):
        client, prefix = self.client, self.name
        names = [f"{prefix}-{i}" for i in range(3)]
        for i, name in enumerate(names):
            client.create_registered_model(name, tags={"i": str(i)})
            for _ in range(i):
                client.create_model_version(name, f"s3://elsewhere/{i}", run_id=uuid.uuid4().hex, tags={"m": prefix})

        def models(text, **more):
            return [m.name for m in client.search_registered_models(text, **more)]

        everything = f"name LIKE '{prefix}%'"
        self.assertEqual(models(everything), names)
        self.assertEqual(models(f"name ILIKE '{prefix.upper()}%'", order_by=["name DESC"]), names[::-1])
        self.assertEqual(models(f"{everything} AND tags.i != '1'"), [names[0], names[2]])
        self.assertEqual(models(f"name = '{names[1]}'"), [names[1]])
        page = client.search_registered_models(everything, max_results=2, order_by=["last_updated_timestamp DESC"])
        self.assertEqual([m.name for m in page], [names[2], names[1]])
        more = {"max_results": 2, "order_by": ["last_updated_timestamp DESC"], "page_token": page.token}
        self.assertEqual(models(everything, **more), [names[0]])

        def versions(text, **more):
            return [(v.name[-1], v.version) for v in client.search_model_versions(text, **more)]

        self.assertEqual(versions(f"tags.m = '{prefix}'"), [("2", "2"), ("2", "1"), ("1", "1")])
        self.assertEqual(versions(f"name = '{names[2]}' AND version_number > 1"), [("2", "2")])
        run = client.get_model_version(names[1], "1").run_id
        self.assertEqual(versions(f"run_id = '{run}'"), [("1", "1")])
        self.assertEqual(versions(f"run_id IN ('{run}', 'x') AND name LIKE '{prefix}%'"), [("1", "1")])
        self.assertEqual(versions(f"source_path = 's3://elsewhere/2' AND name = '{names[2]}'", order_by=["version_number ASC"]), [("2", "1"), ("2", "2")])
        for text in ("colour = 'red'", "name > 'a'", "version_number = 'x'"):
            self.assertEqual(refusal(versions, text), "INVALID_PARAMETER_VALUE", text)

    def test_stay_within_a_workspace(self):
        uri = mlflow.get_tracking_uri()
        self.client.create_registered_model(self.name)
        mlflow.set_tracking_uri(f"{uri.rstrip('/')}/team-a")
        try:
            inside = MlflowClient()
            self.assertEqual(refusal(inside.get_registered_model, self.name), "RESOURCE_DOES_NOT_EXIST")
            inside.create_registered_model(self.name, description="theirs")
            found = inside.search_registered_models(f"name LIKE '{self.name}%'")
            self.assertEqual([(m.name, m.description) for m in found], [(self.name, "theirs")])
        finally:
            mlflow.set_tracking_uri(uri)
        self.assertEqual(skiff("GET", f"/api/v1/models/team-a~{self.name}")["description"], "theirs")
        self.assertEqual(refusal(self.client.get_registered_model, f"team-a~{self.name}"), "INVALID_PARAMETER_VALUE")
        found = self.client.search_registered_models(f"name LIKE '%{self.name}%'")
        self.assertEqual([m.name for m in found], [self.name])


if __name__ == "__main__":
    print(f"MLflow {mlflow.__version__}", file=sys.stderr)
    unittest.main(verbosity=2)
