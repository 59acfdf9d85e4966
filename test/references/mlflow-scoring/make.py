"""What MLflow's own scoring server answers: writes expected.json and typed.onnx beside this file.

In an environment with requirements.txt: `python make.py`, then `biome format --write .`
"""

import json
import tempfile
from pathlib import Path

import mlflow.onnx
import mlflow.pyfunc
import onnx
from fastapi.testclient import TestClient
from mlflow.models import ModelSignature
from mlflow.pyfunc import scoring_server
from mlflow.types import ColSpec, Schema
from onnx import TensorProto, helper

HERE = Path(__file__).parent
EXAMPLES = HERE / "../../../examples"


def typed():
    """One input of each kind, which come out as they went in."""
    kinds = {"a": TensorProto.FLOAT, "b": TensorProto.INT64, "t": TensorProto.BOOL}
    values = [helper.make_tensor_value_info(n, kind, ["N"]) for n, kind in kinds.items()]
    outs = [helper.make_tensor_value_info(f"{n}_out", kind, ["N"]) for n, kind in kinds.items()]
    nodes = [helper.make_node("Identity", [n], [f"{n}_out"]) for n in kinds]
    graph = helper.make_graph(nodes, "typed", values, outs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def server(model, columns=None):
    signature = columns and ModelSignature(
        inputs=Schema([ColSpec(kind, name) for name, kind in columns.items()])
    )
    with tempfile.TemporaryDirectory() as folder:
        mlflow.onnx.save_model(model, f"{folder}/model", signature=signature)
        return TestClient(scoring_server.init(mlflow.pyfunc.load_model(f"{folder}/model")))


LETTERS = "abcdefghij"
TEN = [round(0.01 * i - 0.05, 2) for i in range(10)]
THIRTY = [float(i + 1) for i in range(30)]
ROW = {"a": 1.5, "b": 2, "t": True}
OTHER = {"a": -3, "b": 4, "t": False}
NAMED = {"columns": list(LETTERS), "data": [TEN, TEN[::-1]]}
BACKWARDS = {"columns": list(LETTERS[::-1]), "data": [TEN]}

frame = lambda **split: {"dataframe_split": split}  # noqa: E731

CASES = {
    "typed": [
        {"dataframe_records": [ROW, OTHER]},
        {"dataframe_records": [{**ROW, "more": "ignored"}]},
        {"dataframe_records": [{"a": 1.5, "b": 2}]},
        {"dataframe_records": [{**ROW, "b": None}]},
        {"dataframe_records": [{**ROW, "a": "many"}]},
        {"dataframe_records": []},
        {"dataframe_records": ROW},
        {"dataframe_records": [5]},
        {"dataframe_records": [ROW], "params": {"temperature": 0.5}},
        {"dataframe_records": [ROW], "params": {}},
        {"dataframe_records": [ROW], "more": 1},
        {"dataframe_records": [ROW], "instances": [ROW]},
        frame(columns=["t", "b", "a"], data=[[True, 2, 1.5], [False, 3, 0]]),
        frame(columns=["t", "b", "a"], index=[7], data=[[True, 2, 1.5]]),
        frame(columns=["t", "b", "a", "a"], data=[[True, 2, 1.5, 3]]),
        frame(columns=["a", "b"], data=[[1.5]]),
        frame(columns=["a", "b", "t"], rows=[[1.5, 2, True]]),
        frame(data=[[1.5, 2, True]]),
        {"dataframe_split": [ROW]},
        {"instances": [ROW, OTHER]},
        {"inputs": [ROW, OTHER]},
        {"inputs": ROW},
        {"inputs": {"a": [1.5, 2], "b": [2, 3], "t": [True, False]}},
        {"inputs": {"a": [1.5, 2], "b": [2, 3], "t": [True, False], "more": [1, 2]}},
        {"inputs": {"a": [1.5], "b": [2]}},
        {"inputs": {"a": [1.5, 2], "b": [2], "t": [True]}},
        {},
        {"rows": [ROW]},
        [ROW],
        "5",
        "nonsense",
        '{"dataframe_records": [{"a": Infinity, "b": 2',
        ("text/csv", "a,b,t\n1.5,2,True\n2,3,false\n"),
        ("text/csv", '"t","b","a"\r\ntrue,2,"1.5"\r\n\r\nFalse,3,1e2'),
        ("text/csv", ",a,b,t\n0,1.5,2,True\n1,2,3,False\n"),
        ("text/csv", "a,b\n1.5,2\n"),
        ("text/csv", "a,b,t\n1.5,2.5,True\n"),
        ("text/csv", "a,b,t\n1.5,,True\n"),
        ("text/csv", "a,b,t\nmany,2,True\n"),
        ("text/csv", ""),
        ("application/json; charset=utf-8", {"dataframe_records": [ROW]}),
        ("application/json; charset=latin1", {"dataframe_records": [ROW]}),
        ("application/json; profile=x", {"dataframe_records": [ROW]}),
        ("text/plain", {"dataframe_records": [ROW]}),
    ],
    "diabetes": [
        frame(data=[TEN, TEN[::-1]]),
        {"dataframe_split": NAMED},
        {"dataframe_split": BACKWARDS},
        {"dataframe_records": [dict(zip(LETTERS, TEN))]},
        {"instances": [TEN, TEN[::-1]]},
        {"inputs": [TEN]},
        {"inputs": {"X": [TEN]}},
        {"instances": {"X": [TEN, TEN]}},
        {"instances": [{"X": TEN}, {"X": TEN[::-1]}]},
        {"inputs": TEN},
        {"inputs": [TEN[:9]]},
        {"inputs": [TEN, TEN[:9]]},
        {"inputs": {"Z": [TEN]}},
        {"inputs": "text"},
        {"inputs": [["a"] * 10]},
        ("text/csv", f"{','.join(LETTERS)}\n{','.join(map(str, TEN))}\n"),
    ],
    "diabetes-named": [
        {"dataframe_split": NAMED},
        {"dataframe_split": BACKWARDS},
        frame(data=[TEN]),
        frame(columns=list("klmnopqrst"), data=[TEN]),
        '{"dataframe_records": [{"a": 0.01, "b": 0, "c": 1e-3, "d": 0, "e": 0, "f": 0, "g": 0,'
        ' "h": 0, "i": 0, "j": 0, "note": "NaN, \\"Infinity\\""}]}',
        {"inputs": {name: [0.01, 0.02] for name in LETTERS}},
        {"instances": [dict(zip(LETTERS, TEN))]},
    ],
    "breast-cancer": [frame(data=[THIRTY, THIRTY[::-1]])],
    "digits": [
        {"instances": [[[[0.5] * 8] * 8]] * 2},
        {"inputs": {"image": [[[[0.5] * 8] * 8]]}},
        {"inputs": [[[0.5] * 8] * 8]},
        frame(data=[[0.5] * 64]),
    ],
}


def ask(client, case):
    kind, given = case if isinstance(case, tuple) else ("application/json", case)
    body = given if isinstance(given, str) else json.dumps(given)
    answer = client.post("/invocations", content=body, headers={"content-type": kind})
    asked = {"type": kind, "body": body, "status": answer.status_code}
    if answer.status_code == 415:
        return asked
    if answer.status_code != 200:
        return {**asked, "code": answer.json()["error_code"]}
    return {**asked, "predictions": answer.json()["predictions"]}


onnx.save(typed(), HERE / "typed.onnx")
example = lambda name: onnx.load(EXAMPLES / name / "model.onnx")  # noqa: E731
servers = {
    "typed": server(typed(), {"a": "double", "b": "long", "t": "boolean"}),
    "diabetes": server(example("diabetes")),
    "diabetes-named": server(example("diabetes"), dict.fromkeys(LETTERS, "double")),
    "breast-cancer": server(example("breast-cancer")),
    "digits": server(example("digits")),
}
answers = [{"model": name, **ask(servers[name], c)} for name, cases in CASES.items() for c in cases]
(HERE / "expected.json").write_text(json.dumps(answers))
