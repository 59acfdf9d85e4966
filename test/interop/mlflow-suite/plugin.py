"""Pytest plugin: MLflow's own tests, with a deployed Skiff wherever they would start a server.

Each test gets a workspace of its own. MLFLOW_TRACKING_URI and _TOKEN say where Skiff is; what the
tests import of their own helpers is replaced, because those start servers.
"""

import json
import os
import sys
import types
import uuid

import click.testing
import mlflow
import pytest
import requests
from mlflow import MlflowClient

from reasons import DIFFERS, reason_for

SKIFF = os.environ["MLFLOW_TRACKING_URI"].rstrip("/")
TOKEN = os.environ["MLFLOW_TRACKING_TOKEN"]


def fresh_workspace():
    return f"{SKIFF}/suite-{uuid.uuid4().hex[:12]}"


def artifacts_server(module):
    url = fresh_workspace()
    root = f"{url}/api/2.0/mlflow-artifacts/artifacts"
    return module.ArtifactsServer(url, root, None, url, None)


SERVERS = {
    "mlflow_client": lambda module: MlflowClient(fresh_workspace()),
    "client": lambda module: MlflowClient(fresh_workspace()),
    "artifacts_server": artifacts_server,
}


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef, request):
    """Instead of the fixtures that start a server."""
    make = SERVERS.get(fixturedef.argname)
    if make is None:
        return None
    value = make(request.module)
    fixturedef.cached_result = (value, fixturedef.cache_key(request), None)
    return value


@pytest.fixture
def db_uri():
    return "unused:"


@pytest.fixture(autouse=True)
def forget_globals(monkeypatch):
    """The client keeps its server, its experiment and its run for the whole process."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    yield
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.set_tracking_uri(None)
    mlflow.tracking.fluent._active_experiment_id = None
    os.environ.pop("MLFLOW_EXPERIMENT_ID", None)


plain_request = requests.Session.request


def request_with_token(self, method, url, *args, **kwargs):
    """Most tests ask without the client, and so without its token."""
    if str(url).startswith(SKIFF):
        kwargs["headers"] = {"Authorization": f"Bearer {TOKEN}", **(kwargs.get("headers") or {})}
    return plain_request(self, method, url, *args, **kwargs)


requests.Session.request = request_with_token


def invoke_cli_runner(*args, **kwargs):
    result = click.testing.CliRunner().invoke(*args, catch_exceptions=False, **kwargs)
    assert result.exit_code == 0, result.output
    return result


def _send_rest_tracking_post_request(tracking_server_uri, api, json_payload, auth=None):
    return requests.post(f"{tracking_server_uri}{api}", json=json_payload, auth=auth)


def not_here(*args, **kwargs):
    raise AssertionError("this test starts a server of its own")


def replace_helpers():
    def module(name, **members):
        made = types.ModuleType(name)
        made.__path__ = []
        made.__dict__.update(members)
        sys.modules[name] = made

    for package in ["tests", "tests.integration", "tests.tracking"]:
        module(package)
    ports = {"LOCALHOST": "127.0.0.1", "get_safe_port": lambda: 0, "kill_process_tree": not_here}
    module("tests.helper_functions", **ports)
    module("tests.integration.utils", invoke_cli_runner=invoke_cli_runner)
    module(
        "tests.tracking.integration_test_utils",
        ServerThread=not_here,
        _init_server=not_here,
        _await_server_up_or_die=not_here,
        _send_rest_tracking_post_request=_send_rest_tracking_post_request,
        get_safe_port=ports["get_safe_port"],
    )


replace_helpers()

outcomes = []


def note(item, outcome, why=""):
    file = os.path.basename(str(item.path))
    name = getattr(item, "originalname", item.name)
    outcomes.append({"file": file, "test": name, "outcome": outcome, "why": why})


def pytest_collection_modifyitems(config, items):
    kept, left_out = [], []
    for item in items:
        params = getattr(item, "callspec", None)
        # The same test with another store behind MLflow's server: here there is one.
        if params and "file" in (params.params.get("store_type"), params.params.get("client")):
            left_out.append(item)
        elif params and params.params.get("mlflow_client") == "file":
            left_out.append(item)
        elif why := reason_for(item):
            note(item, "does not apply", why)
            left_out.append(item)
        else:
            kept.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        lines = str(call.excinfo.value).strip().splitlines() or [call.excinfo.typename]
        if why := DIFFERS.get(item.originalname):
            note(item, "differs", why)
        else:
            note(item, "fails", f"line {call.excinfo.traceback[-1].lineno + 1}: {lines[0][:160]}")
    elif report.when == "call":
        note(item, "passes" if report.passed else "skipped")
    return report


def pytest_sessionfinish(session):
    with open(os.environ["SUITE_OUTCOMES"], "w") as file:
        json.dump({"mlflow": mlflow.__version__, "outcomes": outcomes}, file)
