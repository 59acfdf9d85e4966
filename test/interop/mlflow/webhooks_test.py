"""Webhooks of MLflow's registry by the unmodified client, to a receiver on this machine."""

import json
import sys
import threading
import time
import unittest
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

import mlflow
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookStatus
from mlflow.exceptions import MlflowException
from mlflow.webhooks.delivery import _generate_hmac_signature

SECRET = "between us"
EVENTS = [
    *["registered_model.created", "model_version.created"],
    *["model_version_tag.set", "model_version_tag.deleted"],
    *["model_version_alias.created", "model_version_alias.deleted"],
]
received = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        received.append((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def said(name, wanted, seconds=60):
    """What was said of a model, as soon as it is as much as is wanted."""
    for _ in range(seconds * 4):
        bodies = [json.loads(body) for _, body in received]
        found = [body for body in bodies if body["data"]["name"] == name]
        if len(found) >= wanted:
            return found
        time.sleep(0.25)
    raise AssertionError(f"{len(found)} of {wanted} deliveries: {found}")


class Webhooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        server = HTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        cls.url = f"http://127.0.0.1:{server.server_port}/hook"
        cls.client = MlflowClient()

    def make(self, events=EVENTS, **more):
        name = f"hook-{uuid.uuid4().hex[:8]}"
        made = self.client.create_webhook(name, self.url, events, secret=SECRET, **more)
        self.addCleanup(self.client.delete_webhook, made.webhook_id)
        return made

    def test_live_from_creation_to_deletion(self):
        client = self.client
        made = client.create_webhook("w.1", self.url, EVENTS[:1], description="first")
        self.assertEqual((made.name, made.description, made.status), ("w.1", "first", "ACTIVE"))
        self.assertIn(made.webhook_id, [one.webhook_id for one in client.list_webhooks()])
        changed = client.update_webhook(
            made.webhook_id, name="w.2", events=EVENTS[1:3], status=WebhookStatus.DISABLED
        )
        found = client.get_webhook(made.webhook_id)
        self.assertEqual((found.name, found.status, found.url), ("w.2", "DISABLED", self.url))
        self.assertEqual([str(event) for event in found.events], EVENTS[1:3])
        self.assertEqual(found.events, changed.events)
        client.delete_webhook(made.webhook_id)
        with self.assertRaisesRegex(MlflowException, "not found"):
            client.get_webhook(made.webhook_id)

    def test_hear_of_models_versions_tags_and_aliases_with_signatures_of_mlflow(self):
        client = self.client
        self.make()
        name = f"heard-{uuid.uuid4().hex[:8]}"
        client.create_registered_model(name, tags={"team": "a"}, description="Prices")
        source = "s3://elsewhere/model"
        client.create_model_version(name, source, tags={"from": "elsewhere"})
        client.set_model_version_tag(name, "1", "reviewed", "yes")
        client.delete_model_version_tag(name, "1", "reviewed")
        client.set_registered_model_alias(name, "champion", "1")
        client.delete_registered_model_alias(name, "champion")
        found = said(name, 6)
        data = {f"{body['entity']}.{body['action']}": body["data"] for body in found}
        self.assertEqual(sorted(data), sorted(EVENTS))
        of = {"name": name, "version": "1"}
        alias = {"name": name, "alias": "champion"}
        created = {"name": name, "tags": {"team": "a"}, "description": "Prices"}
        self.assertEqual(data["registered_model.created"], created)
        version = {**of, "source": source, "run_id": None, "description": None}
        self.assertEqual({**data["model_version.created"], "tags": None}, {**version, "tags": None})
        self.assertEqual(data["model_version_tag.set"], {**of, "key": "reviewed", "value": "yes"})
        self.assertEqual(data["model_version_tag.deleted"], {**of, "key": "reviewed"})
        self.assertEqual(data["model_version_alias.created"], {**alias, "version": "1"})
        self.assertEqual(data["model_version_alias.deleted"], alias)
        for headers, body in received:
            headers = {key.lower(): value for key, value in headers.items()}
            id, at = headers["x-mlflow-delivery-id"], headers["x-mlflow-timestamp"]
            signature = _generate_hmac_signature(SECRET, id, at, body)
            self.assertEqual(headers["x-mlflow-signature"], signature)

    def test_are_tested_on_demand(self):
        made = self.make(["model_version_alias.created"])
        result = self.client.test_webhook(made.webhook_id)
        self.assertEqual((result.success, result.response_status), (True, 204))
        other = self.client.test_webhook(made.webhook_id, "model_version.created")
        self.assertTrue(other.success)
        self.assertEqual(json.loads(received[-1][1])["entity"], "model_version")

    def test_are_refused_where_they_lead_nowhere_or_hear_of_nothing_here(self):
        for url, events in [("ftp://example.com", EVENTS), (self.url, ["prompt.created"])]:
            with self.assertRaises(MlflowException) as refused:
                self.client.create_webhook("refused", url, events)
            self.assertEqual(refused.exception.error_code, "INVALID_PARAMETER_VALUE")


if __name__ == "__main__":
    print(f"MLflow {mlflow.__version__}", file=sys.stderr)
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
