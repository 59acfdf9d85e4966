"""How MLflow signs webhooks, and the examples that its tests send.

In an environment with requirements.txt: `python make.py`, then `biome format --write .`
"""

import json
from pathlib import Path

from mlflow.entities.webhook import WebhookEvent
from mlflow.webhooks.delivery import _generate_hmac_signature
from mlflow.webhooks.types import get_example_payload_for_event

EVENTS = [
    *["registered_model.created", "model_version.created"],
    *["model_version_tag.set", "model_version_tag.deleted"],
    *["model_version_alias.created", "model_version_alias.deleted"],
]
MESSAGES = [
    ("between us", "01KB1ZJ8Q0R3T5Y7V9E1W2P4K6", "1764061200", '{"entity": "model_version"}'),
    ("whsec_ä€", "01KB1ZJ8Q0R3T5Y7V9E1W2P4K7", "1764061201", '{"tags": {"ü": "\U0001f600"}}'),
]
expected = {
    "signatures": [[*message, _generate_hmac_signature(*message)] for message in MESSAGES],
    "examples": [
        [*event.upper().split("."), get_example_payload_for_event(WebhookEvent.from_str(event))]
        for event in EVENTS
    ],
}
(Path(__file__).parent / "expected.json").write_text(json.dumps(expected))
