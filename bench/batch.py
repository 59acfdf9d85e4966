"""A file scored the plain way: pandas, onnxruntime, one batch of 4,096 rows after the other.

python batch.py <file> <model.onnx>; prints JSON with seconds and the peak of memory in megabytes.
"""
import json
import resource
import sys
import time

import numpy as np
import onnxruntime as ort
import pandas as pd

path, model = sys.argv[1:]
options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(model, options)
name = session.get_inputs()[0].name
start = time.process_time()
frame = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path)
data = frame.to_numpy(dtype=np.float32)
outputs = [session.run(None, {name: data[i : i + 4096]}) for i in range(0, len(data), 4096)]
labels, probabilities = (np.concatenate([output[i] for output in outputs]) for i in (0, 1))
result = pd.DataFrame(probabilities)
result.insert(0, "label", labels)
result.to_json(path + ".out.jsonl", orient="records", lines=True)
seconds = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak": peak}))
