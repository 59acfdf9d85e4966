"""Two artifacts that a careful team refuses, and what their sender says of them. Loads no model.

`external-data.onnx` keeps its one weight in another file, /proc/self/environ: a server that followed
would read its own secrets into a tensor. The reader refuses it at registration.

`memory-bomb.onnx` has 3 kB and nothing that a reader could object to, but holds recipes for 32
different constants of 128 MiB. A runtime computes constants while it loads: 4 GiB here. Only a load in
a process of its own, whose resident memory is watched, finds out. A limit on address space does not:
onnxruntime takes a failed allocation as a reason to compute the constant later, and says it loaded.
"""

import json
from pathlib import Path

from onnx import TensorProto, helper

HERE = Path(__file__).parent
OUT = HERE / "hostile"
CONSTANTS = 32
NUMBERS_EACH = 2**25


def number(name: str, width: int):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])


def save(name: str, graph) -> None:
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, producer_name="hostile", ir_version=8, opset_imports=[opset])
    (OUT / name).write_bytes(model.SerializeToString())


def external_data():
    """probabilities = education * weight, the weight in a file that the sender cannot see."""
    weight = TensorProto(name="weight", data_type=TensorProto.FLOAT, dims=[1, 2])
    weight.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "/proc/self/environ", "offset": "0", "length": "8"}.items():
        weight.external_data.add(key=key, value=value)
    node = helper.make_node("MatMul", ["education", "weight"], ["probabilities"])
    return helper.make_graph([node], "external-data", [number("education", 1)], [number("probabilities", 2)], [weight])


def memory_bomb():
    """probabilities = education * the mean of many large constants; each differs, or they would be one."""
    nodes, tensors, value = [], [helper.make_tensor("size", TensorProto.INT64, [1], [NUMBERS_EACH])], "education"
    for i in range(CONSTANTS):
        tensors.append(helper.make_tensor(f"seed{i}", TensorProto.FLOAT, [1], [1 / (i + 1)]))
        nodes.append(helper.make_node("Expand", [f"seed{i}", "size"], [f"large{i}"]))
        nodes.append(helper.make_node("Mul", [value, f"large{i}"], [f"product{i}"]))
        value = f"product{i}"
    nodes.append(helper.make_node("ReduceMean", [value], ["mean"], axes=[1], keepdims=1))
    nodes.append(helper.make_node("Concat", ["mean", "mean"], ["probabilities"], axis=1))
    return helper.make_graph(nodes, "memory-bomb", [number("education", 1)], [number("probabilities", 2)], tensors)


OUT.mkdir(exist_ok=True)
good = json.loads((HERE / "model.json").read_text())["version"]
education = [feature for feature in good["signature"]["features"] if feature["name"] == "education"]
version = {
    "signature": {"features": education, "classes": good["signature"]["classes"]},
    "lineage": {"datasets": good["lineage"]["datasets"]},
    "description": "From an unknown sender: small, fast and very accurate",
}
(OUT / "version.json").write_text(json.dumps(version, indent=2) + "\n")
save("external-data.onnx", external_data())
save("memory-bomb.onnx", memory_bomb())
print(f"hostile: {sorted((file.name, file.stat().st_size) for file in OUT.iterdir())}")
