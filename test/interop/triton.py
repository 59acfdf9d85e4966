"""Speaks to an edge server with Triton's own clients; prints what they made of its answers.

usage: triton.py HTTP_ADDRESS GRPC_ADDRESS MODEL
"""

import json
import sys

import numpy as np
import tritonclient.grpc as over_grpc
import tritonclient.http as over_http
from tritonclient.utils import InferenceServerException

http_address, grpc_address, model = sys.argv[1:]
X = np.array([[0.1, -2.5], [np.float32(1e-30), 3e30], [np.nan, np.inf]], dtype=np.float32)
N = np.array([[2**53 + 1], [-(2**63)], [2**63 - 1]], dtype=np.int64)
TEXT = np.array([["ä\n"], ["日本"], [""]], dtype=object)


def inputs_of(library, binary=None):
    def tensor(name, values, datatype):
        made = library.InferInput(name, list(values.shape), datatype)
        if binary is None:
            made.set_data_from_numpy(values)
        else:
            made.set_data_from_numpy(values, binary_data=binary)
        return made

    return [tensor("x", X, "FP32"), tensor("n", N, "INT64"), tensor("text", TEXT, "BYTES")]


def as_text(values):
    return [v.decode() if isinstance(v, bytes) else v for v in values.flatten().tolist()]


def check(result):
    """Whether every value came back as it went, to the last bit."""
    x, n, text = (result.as_numpy(f"{name}_out") for name in ("x", "n", "text"))
    return [
        x.tobytes() == X.tobytes(),
        n.tobytes() == N.tobytes(),
        as_text(text) == as_text(TEXT),
    ]


def failure(call):
    try:
        call()
    except InferenceServerException as error:
        return [error.status(), error.message()]
    return None


def speak(client, library, binary=None):
    metadata = client.get_model_metadata(model)
    version = metadata["versions"] if isinstance(metadata, dict) else list(metadata.versions)
    inputs = inputs_of(library, binary)
    wrong = library.InferInput("x", [1, 3], "FP32")
    wrong.set_data_from_numpy(np.zeros((1, 3), dtype=np.float32))
    only = client.infer(
        model, inputs, request_id="mine", outputs=[library.InferRequestedOutput("n_out")]
    )
    response = only.get_response()
    return {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready(model),
        "version_ready": client.is_model_ready(model, version[0]),
        "other_ready": client.is_model_ready("other"),
        "versions": version,
        "same": check(client.infer(model, inputs)),
        "one_output": [only.as_numpy("x_out") is None, only.as_numpy("n_out").tobytes() == N.tobytes()],
        "id": response["id"] if isinstance(response, dict) else response.id,
        "unknown_model": failure(lambda: client.infer("other", inputs)),
        "wrong_shape": failure(lambda: client.infer(model, [wrong] + inputs[1:])),
        "missing_input": failure(lambda: client.infer(model, inputs[:1])),
    }


def finite(values):
    return np.nan_to_num(values, nan=0.0, posinf=1.0)


with over_grpc.InferenceServerClient(grpc_address) as client:
    grpc_answers = speak(client, over_grpc)
    grpc_answers["name"] = client.get_server_metadata().name
with over_http.InferenceServerClient(http_address) as client:
    http_answers = speak(client, over_http, True)
    # JSON has no NaN.
    X = finite(X)
    http_answers["same_json"] = check(client.infer(model, inputs_of(over_http, False)))
    http_answers["name"] = client.get_server_metadata()["name"]
print(json.dumps({"grpc": grpc_answers, "http": http_answers}, ensure_ascii=False))
