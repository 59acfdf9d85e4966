"""The unmodified MLflow client against a deployed Skiff: MLFLOW_TRACKING_URI and _TOKEN say where."""

import math
import os
import sys
import tempfile
import unittest
import uuid
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException, RestException


def unique(name):
    return f"{name}-{uuid.uuid4().hex[:8]}"


def refusal(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except MlflowException as error:
        return error.error_code
    raise AssertionError("was not refused")


class Tracking(unittest.TestCase):
    def setUp(self):
        self.client = MlflowClient()
        self.name = unique("interop")
        self.experiment = self.client.create_experiment(self.name)

    def run_with(self, metrics=None, params=None, tags=None, start_time=None):
        run = self.client.create_run(self.experiment, tags=tags, start_time=start_time)
        self.client.log_batch(
            run.info.run_id,
            metrics=[Metric(k, v, 1, 0) for k, v in (metrics or {}).items()],
            params=[Param(k, v) for k, v in (params or {}).items()],
        )
        return run.info.run_id

    def found(self, filter_string="", order_by=None, **more):
        page = self.client.search_runs([self.experiment], filter_string, order_by=order_by, **more)
        return [run.info.run_id for run in page]


class Experiments(Tracking):
    def test_live_from_creation_to_deletion_and_back(self):
        client, id = self.client, self.experiment
        found = client.get_experiment_by_name(self.name)
        self.assertEqual((found.experiment_id, found.lifecycle_stage), (id, "active"))
        self.assertEqual(refusal(client.create_experiment, self.name), "RESOURCE_ALREADY_EXISTS")
        client.set_experiment_tag(id, "team", "search")
        renamed = unique("renamed")
        client.rename_experiment(id, renamed)
        self.assertIsNone(client.get_experiment_by_name(self.name))
        self.assertEqual(client.get_experiment(id).tags["team"], "search")
        run = self.run_with()
        client.delete_experiment(id)
        self.assertEqual(client.get_run(run).info.lifecycle_stage, "deleted")
        self.assertEqual(refusal(client.create_run, id), "INVALID_PARAMETER_VALUE")
        self.assertEqual(refusal(client.log_param, run, "a", 1), "INVALID_PARAMETER_VALUE")
        self.assertEqual(self.found(), [])
        client.restore_experiment(id)
        self.assertEqual(self.found(), [run])
        self.assertEqual(client.get_experiment(id).name, renamed)
        self.assertEqual(refusal(client.get_experiment, "12345"), "RESOURCE_DOES_NOT_EXIST")

    def test_are_searched_by_name_tag_and_time(self):
        prefix = unique("series")
        ids = [
            self.client.create_experiment(f"{prefix}-{i}", tags={"i": str(i), "p": prefix})
            for i in range(3)
        ]

        def search(text, **more):
            return [e.experiment_id for e in self.client.search_experiments(filter_string=text, **more)]

        self.assertEqual(search(f"name LIKE '{prefix}%'"), ids[::-1])
        self.assertEqual(search(f"name ILIKE '{prefix.upper()}%'", order_by=["name ASC"]), ids)
        self.assertEqual(search(f"tags.p = '{prefix}' AND tags.i != '1'"), [ids[2], ids[0]])
        self.client.delete_experiment(ids[0])
        text = f"name LIKE '{prefix}%'"
        self.assertEqual(search(text, view_type=ViewType.DELETED_ONLY), ids[:1])
        page = self.client.search_experiments(filter_string=text, max_results=1)
        self.assertEqual([e.experiment_id for e in page], [ids[2]])
        self.assertEqual(search(text, max_results=1, page_token=page.token), [ids[1]])

    def test_the_default_one_is_there(self):
        self.assertEqual(self.client.get_experiment("0").name, "Default")


class Runs(Tracking):
    def test_nest_and_end(self):
        mlflow.set_experiment(self.name)
        with mlflow.start_run(run_name="parent") as parent:
            with mlflow.start_run(run_name="child", nested=True) as child:
                mlflow.log_params({"depth": 3, "lr": 0.1})
        found = self.client.get_run(child.info.run_id)
        self.assertEqual(found.info.status, "FINISHED")
        self.assertGreaterEqual(found.info.end_time, found.info.start_time)
        self.assertEqual(found.data.params, {"depth": "3", "lr": "0.1"})
        self.assertEqual(found.data.tags["mlflow.parentRunId"], parent.info.run_id)
        children = self.found(f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
        self.assertEqual(children, [child.info.run_id])
        self.assertEqual(self.found("run_name = 'parent'"), [parent.info.run_id])
        self.client.update_run(child.info.run_id, name="grown")
        self.assertEqual(self.found("attributes.`Run name` = 'grown'"), [child.info.run_id])
        self.assertEqual(self.found("run_name = 'child'"), [])
        with self.assertRaises(ZeroDivisionError), mlflow.start_run() as failing:
            1 / 0
        self.assertEqual(self.client.get_run(failing.info.run_id).info.status, "FAILED")

    def test_keep_the_latest_of_each_metric_and_all_of_its_history(self):
        run = self.run_with()
        for step, value in enumerate([3.5, math.nan, math.inf, -math.inf, 1e-300, -0.25]):
            self.client.log_metric(run, "loss", value, step=step, timestamp=1000 + step)
        self.client.log_metric(run, "loss", 99, step=2, timestamp=2000)
        self.assertEqual(self.client.get_run(run).data.metrics, {"loss": -0.25})
        history = self.client.get_metric_history(run, "loss")
        self.assertEqual([m.step for m in history], [0, 1, 2, 3, 4, 5, 2])
        values = [m.value for m in history]
        self.assertTrue(math.isnan(values[1]))
        self.assertEqual(values[2:], [math.inf, -math.inf, 1e-300, -0.25, 99])
        # Sent again, as the client does when an answer is lost.
        self.client.log_metric(run, "loss", 99, step=2, timestamp=2000)
        self.assertEqual(len(self.client.get_metric_history(run, "loss")), 7)
        self.client.log_metric(run, "nan", math.nan)
        self.assertTrue(math.isnan(self.client.get_run(run).data.metrics["nan"]))
        self.assertEqual(self.client.get_metric_history(run, "none"), [])

    def test_take_batches_and_long_histories(self):
        run = self.run_with()
        for start in range(0, 3000, 1000):
            points = [Metric("m", i / 7, 1000 + i, i) for i in range(start, start + 1000)]
            self.client.log_batch(run, metrics=points)
        history = self.client.get_metric_history(run, "m")
        self.assertEqual([m.value for m in history], [i / 7 for i in range(3000)])
        many = [Metric(f"k/{i}", i, 1, 0) for i in range(300)]
        params = [Param(f"p{i}", str(i)) for i in range(100)]
        self.client.log_batch(run, metrics=many, params=params, tags=[RunTag("t", "v" * 5000)])
        self.client.log_batch(run, metrics=many, params=params)
        data = self.client.get_run(run).data
        self.assertEqual((len(data.metrics), len(data.params)), (301, 100))
        self.assertEqual(len(data.tags["t"]), 5000)

    def test_hold_more_than_one_item_of_the_table_can(self):
        run = self.run_with()
        for start in range(0, 120, 20):
            params = [Param(f"p{i}", f"{i}" + "x" * 5500) for i in range(start, start + 20)]
            self.client.log_batch(run, params=params)
        found = self.client.get_run(run).data.params
        self.assertEqual(len(found), 120)
        self.assertEqual(found["p119"][:4], "119x")
        self.assertEqual(refusal(self.client.log_param, run, "p7", "other"), "INVALID_PARAMETER_VALUE")
        self.assertEqual(self.found("params.p119 LIKE '119%'"), [run])

    def test_refuse_what_mlflow_refuses(self):
        run = self.run_with(params={"lr": "1"})
        client = self.client
        self.assertEqual(refusal(client.log_param, run, "lr", 2), "INVALID_PARAMETER_VALUE")
        client.log_param(run, "lr", 1)
        many = [Param(f"p{i}", "1") for i in range(101)]
        rest = client._tracking_client.store
        self.assertEqual(refusal(rest.log_batch, run, [], many, []), "INVALID_PARAMETER_VALUE")
        self.assertEqual(refusal(rest.log_param, run, Param("../up", "1")), "INVALID_PARAMETER_VALUE")
        self.assertEqual(refusal(client.get_run, "0" * 32), "RESOURCE_DOES_NOT_EXIST")
        self.assertEqual(refusal(client.delete_tag, run, "none"), "RESOURCE_DOES_NOT_EXIST")
        for text in ["metrics.a = 'x'", "params.a = 1", "a = 'b'", "params.a = 'x' OR params.b = 'y'"]:
            self.assertEqual(refusal(self.found, text), "INVALID_PARAMETER_VALUE", text)
        self.assertEqual(refusal(self.found, max_results=60000), "INVALID_PARAMETER_VALUE")

    def test_change_tags_and_are_deleted_and_restored(self):
        run = self.run_with(tags={"a": "1"})
        self.client.set_tag(run, "a", "2")
        self.assertEqual(self.found("tags.a = '1'"), [])
        self.assertEqual(self.found("tags.a = '2'"), [run])
        self.client.delete_tag(run, "a")
        self.assertNotIn("a", self.client.get_run(run).data.tags)
        self.assertEqual(self.found("tags.a = '2'"), [])
        self.client.delete_run(run)
        self.assertEqual(self.found(), [])
        self.assertEqual(self.found(run_view_type=ViewType.DELETED_ONLY), [run])
        self.assertEqual(refusal(self.client.set_tag, run, "b", "1"), "INVALID_PARAMETER_VALUE")
        self.client.restore_run(run)
        self.assertEqual(self.found(), [run])


class Searches(Tracking):
    def setUp(self):
        super().setUp()
        losses = [0.5, -2.0, math.nan, 10.0, 0.5, None]
        self.runs = [
            self.run_with(
                {} if loss is None else {"loss": loss},
                {"i": str(i), "kind": "even" if i % 2 == 0 else "odd"},
                start_time=1_000 + i,
            )
            for i, loss in enumerate(losses)
        ]

    def at(self, *numbers):
        return [self.runs[i] for i in numbers]

    def test_filter(self):
        cases = {
            "": (5, 4, 3, 2, 1, 0),
            "metrics.loss > 0": (4, 3, 0),
            "metrics.loss >= -2 and metrics.loss < 10": (4, 1, 0),
            "metrics.loss = 0.5": (4, 0),
            "params.kind = 'even'": (4, 2, 0),
            "params.kind != 'even' AND params.i != '1'": (5, 3),
            "params.kind LIKE 'ev%' AND params.i IN ('0')": None,
            "params.kind ILIKE 'ODD'": (5, 3, 1),
            "params.`i` = '3'": (3,),
            'params."i" = "3"': (3,),
            "attributes.start_time >= 1002 AND start_time < 1004": (3, 2),
            "status = 'RUNNING' AND params.kind = 'odd'": (5, 3, 1),
            "status = 'FINISHED'": (),
            f"run_id = '{self.runs[2]}'": (2,),
            f"attributes.run_id IN ('{self.runs[4]}', '{self.runs[1]}')": (4, 1),
            "params.none != 'x'": (),
            "datasets.name = 'none'": (),
        }
        for text, expected in cases.items():
            with self.subTest(text):
                if expected is None:
                    self.assertEqual(refusal(self.found, text), "INVALID_PARAMETER_VALUE")
                else:
                    self.assertEqual(self.found(text), self.at(*expected))

    def test_order(self):
        cases = [
            (["start_time ASC"], (0, 1, 2, 3, 4, 5)),
            (["attributes.start_time DESC"], (5, 4, 3, 2, 1, 0)),
            (["metrics.loss"], (1, 4, 0, 3, 2, 5)),
            (["metrics.loss DESC"], (3, 4, 0, 1, 2, 5)),
            (["params.kind DESC", "params.i ASC"], (1, 3, 5, 0, 2, 4)),
            (["params.kind"], (4, 2, 0, 5, 3, 1)),
            (["attributes.status", "metrics.`loss` ASC"], (1, 4, 0, 3, 2, 5)),
        ]
        for order, expected in cases:
            with self.subTest(order):
                self.assertEqual(self.found(order_by=order), self.at(*expected))
                pages, token = [], None
                while True:
                    page = self.client.search_runs(
                        [self.experiment], order_by=order, max_results=2, page_token=token
                    )
                    pages += [run.info.run_id for run in page]
                    token = page.token
                    if not token:
                        break
                self.assertEqual(pages, self.at(*expected))

    def test_reach_over_experiments(self):
        other = self.client.create_experiment(unique("other"))
        run = self.client.create_run(other, start_time=1_003).info.run_id
        self.client.log_metric(run, "loss", 1.0)
        both = [self.experiment, other]
        found = self.client.search_runs(both, "metrics.loss > 0.5", order_by=["metrics.loss DESC"])
        self.assertEqual([r.info.run_id for r in found], [self.runs[3], run])
        frame = mlflow.search_runs(both, "metrics.loss >= 0.5")
        self.assertEqual(len(frame), 4)


class Artifacts(Tracking):
    def test_go_up_and_down_and_away(self):
        run = self.run_with()
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "sub").mkdir()
            (root / "a b.txt").write_text("hello")
            (root / "sub" / "ü.bin").write_bytes(bytes(range(256)) * 4000)
            (root / "empty.txt").write_text("")
            self.client.log_artifacts(run, folder, "files")
        self.client.log_text(run, "top", "top.txt")
        self.client.log_dict(run, {"a": 1}, "config.json")
        files = self.client.list_artifacts(run)
        self.assertEqual([(f.path, f.is_dir) for f in files], [("config.json", False), ("files", True), ("top.txt", False)])
        self.assertEqual(files[2].file_size, 3)
        below = [f.path for f in self.client.list_artifacts(run, "files")]
        self.assertEqual(below, ["files/a b.txt", "files/empty.txt", "files/sub"])
        self.assertEqual(self.client.list_artifacts(run, "top.txt"), [])
        path = Path(self.client.download_artifacts(run, "files"))
        self.assertEqual((path / "a b.txt").read_text(), "hello")
        self.assertEqual((path / "empty.txt").read_text(), "")
        self.assertEqual((path / "sub" / "ü.bin").read_bytes(), bytes(range(256)) * 4000)
        self.assertEqual(mlflow.artifacts.load_dict(f"runs:/{run}/config.json"), {"a": 1})
        repository = mlflow.store.artifact.artifact_repository_registry.get_artifact_repository(
            self.client.get_run(run).info.artifact_uri
        )
        repository.delete_artifacts("files/sub")
        self.assertEqual(len(self.client.list_artifacts(run, "files")), 2)

    def test_of_any_size_go_to_storage_directly(self):
        run = self.run_with()
        os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
        os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = "4000000"
        os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = "5242880"
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "large.bin"
                content = os.urandom(12_000_000)
                path.write_bytes(content)
                self.client.log_artifact(run, str(path), "deep/er")
            down = Path(self.client.download_artifacts(run, "deep/er/large.bin"))
            self.assertEqual(down.read_bytes(), content)
        finally:
            for name in list(os.environ):
                if "MULTIPART" in name:
                    del os.environ[name]

    def test_too_large_for_one_request_are_refused_with_the_way_out(self):
        # Without the host that takes files of any size.
        by_api = mlflow.store.artifact.artifact_repository_registry.get_artifact_repository(
            f"mlflow-artifacts:/{self.experiment}/{self.run_with()}/artifacts"
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "large.bin"
            path.write_bytes(bytes(5_000_000))
            with self.assertRaisesRegex(Exception, "413|MULTIPART"):
                by_api.log_artifact(str(path))
            path.write_bytes(bytes(50_000))
            by_api.log_artifact(str(path))
        self.assertEqual([f.path for f in by_api.list_artifacts()], ["large.bin"])


class LoggedModels(Tracking):
    def test_live_from_creation_to_deletion(self):
        client = self.client
        run = self.run_with()
        model = client.create_logged_model(
            self.experiment, name="net", source_run_id=run, params={"depth": "3"}, tags={"a": "1"}
        )
        self.assertEqual(str(model.status), "PENDING")
        client.log_outputs(run, [mlflow.entities.LoggedModelOutput(model.model_id, 0)])
        client.log_metric(run, "auc", 0.9, model_id=model.model_id)
        client.finalize_logged_model(model.model_id, "READY")
        client.set_logged_model_tags(model.model_id, {"b": "2"})
        client.delete_logged_model_tag(model.model_id, "a")
        found = client.get_logged_model(model.model_id)
        self.assertEqual((str(found.status), found.tags, found.params), ("READY", {"b": "2"}, {"depth": "3"}))
        self.assertEqual([(m.key, m.value, m.run_id) for m in found.metrics], [("auc", 0.9, run)])
        self.assertEqual(client.get_run(run).outputs.model_outputs[0].model_id, model.model_id)

        def search(text, **more):
            page = client.search_logged_models([self.experiment], text, **more)
            return [m.model_id for m in page]

        other = client.create_logged_model(self.experiment, name="tree").model_id
        self.assertEqual(search(None), [other, model.model_id])
        self.assertEqual(search("name = 'net'"), [model.model_id])
        self.assertEqual(search(f"source_run_id = '{run}' AND metrics.auc > 0.5"), [model.model_id])
        by = [{"field_name": "metrics.auc", "ascending": False}]
        self.assertEqual(search(None, order_by=by), [model.model_id, other])
        client.delete_logged_model(other)
        self.assertEqual(search(None), [model.model_id])
        self.assertEqual(refusal(client.get_logged_model, other), "RESOURCE_DOES_NOT_EXIST")


class Autologging(Tracking):
    def test_keeps_a_training_with_its_model_data_and_metrics(self):
        from sklearn.datasets import load_iris
        from sklearn.linear_model import LogisticRegression

        mlflow.set_experiment(self.name)
        mlflow.sklearn.autolog(silent=True, log_datasets=True)
        x, y = load_iris(return_X_y=True, as_frame=True)
        with mlflow.start_run() as run:
            trained = LogisticRegression(max_iter=300).fit(x, y)
        mlflow.sklearn.autolog(disable=True)
        found = self.client.get_run(run.info.run_id)
        self.assertEqual(found.data.params["max_iter"], "300")
        self.assertGreater(found.data.metrics["training_accuracy_score"], 0.9)
        self.assertEqual(len(found.inputs.dataset_inputs), 1)
        digest = found.inputs.dataset_inputs[0].dataset.digest
        self.assertEqual(self.found(f"datasets.digest = '{digest}'"), [run.info.run_id])
        model = found.outputs.model_outputs[0].model_id
        self.assertEqual(str(self.client.get_logged_model(model).status), "READY")
        loaded = mlflow.sklearn.load_model(f"models:/{model}")
        self.assertEqual(loaded.predict(x).tolist(), trained.predict(x).tolist())
        loaded = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
        self.assertEqual(loaded.predict(x).tolist(), trained.predict(x).tolist())


class Access(unittest.TestCase):
    def test_needs_a_token_and_takes_it_as_a_password_too(self):
        token = os.environ["MLFLOW_TRACKING_TOKEN"]
        try:
            os.environ["MLFLOW_TRACKING_TOKEN"] = "nonsense"
            self.assertEqual(refusal(MlflowClient().get_experiment, "0"), "UNAUTHENTICATED")
            del os.environ["MLFLOW_TRACKING_TOKEN"]
            os.environ["MLFLOW_TRACKING_USERNAME"] = "anyone"
            os.environ["MLFLOW_TRACKING_PASSWORD"] = token
            self.assertEqual(MlflowClient().get_experiment("0").name, "Default")
        finally:
            os.environ.pop("MLFLOW_TRACKING_USERNAME", None)
            os.environ.pop("MLFLOW_TRACKING_PASSWORD", None)
            os.environ["MLFLOW_TRACKING_TOKEN"] = token

    def test_a_path_before_mlflows_own_is_a_workspace(self):
        uri = mlflow.get_tracking_uri()
        name = unique("apart")
        mlflow.set_tracking_uri(f"{uri.rstrip('/')}/team-a")
        try:
            inside = MlflowClient()
            run = inside.create_run(inside.create_experiment(name)).info.run_id
            inside.log_text(run, "in here", "note.txt")
            self.assertEqual([f.path for f in inside.list_artifacts(run)], ["note.txt"])
        finally:
            mlflow.set_tracking_uri(uri)
        outside = MlflowClient()
        self.assertIsNone(outside.get_experiment_by_name(name))
        self.assertEqual(refusal(outside.get_run, run), "RESOURCE_DOES_NOT_EXIST")


if __name__ == "__main__":
    print(f"MLflow {mlflow.__version__}", file=sys.stderr)
    unittest.main(verbosity=2)
