"""Reads sample.parquet, which write-sample.ts wrote, with pyarrow, pandas and DuckDB.

What pyarrow finds becomes read.json; the other two must find the same."""

import json
import math
from pathlib import Path

import duckdb
import pandas
import pyarrow.parquet as parquet

HERE = Path(__file__).parent
FILE = HERE / "sample.parquet"


def plain(value):
    """As JSON has it: times in ISO 8601, what JSON cannot say as text."""
    if value is None or value is pandas.NaT or value is pandas.NA:
        return None
    if isinstance(value, bool):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "")
    if isinstance(value, float):
        return repr(value) if math.isinf(value) else value
    return str(value) if isinstance(value, int) and abs(value) > 2**53 else value


table = parquet.read_table(FILE)
meta = parquet.read_metadata(FILE)
columns = {name: [plain(v) for v in table[name].to_pylist()] for name in table.column_names}

frame = pandas.read_parquet(FILE, dtype_backend="pyarrow")
for name, values in columns.items():
    assert [plain(None if pandas.isna(v) else v) for v in frame[name]] == values, name

rows = duckdb.connect().execute(f"SELECT * FROM '{FILE}'").fetchall()
for position, (name, values) in enumerate(columns.items()):
    assert [plain(row[position]) for row in rows] == values, name

result = {
    "rowGroups": meta.num_row_groups,
    "types": {field.name: str(field.type) for field in table.schema},
    "metadata": {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()},
    "columns": columns,
}
(HERE / "read.json").write_text(json.dumps(result, indent=1) + "\n")
print("pyarrow, pandas and DuckDB agree:", len(rows), "rows")
