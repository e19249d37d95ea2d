"""Writes parquet/src/test/resources/org/unipelt/parquet/*.parquet: the same small table with each of the usual compressions,
a table of lists, and one without rows.

Usage: python tools/parquet_fixture.py     (needs pyarrow)
"""
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "parquet/src/test/resources/org/unipelt/parquet"
table = pa.table({
    "text": ["where is my parcel?", "grüße 🙂", None, "two\nlines\tand a tab", "", "last"],
    "label": pa.array(["ask", "greet", "ask", "ask", "greet", "ask"]).dictionary_encode(),
    "grade": pa.array([1, 2, None, 4, 5, 6], pa.int8()),
    "count": pa.array([2**40, 1, 2, 3, 4, 5], pa.int64()),
    "score": [0.5, 1.0, 2.25, None, 1e-7, 3.0],
    "good": [True, False, True, None, True, False],
    "words": [["where"], [], None, ["two", "lines"], [], ["last"]],
    "place": [{"page": 1}] * 6,
})
for compression in ["none", "snappy", "gzip", "zstd"]:
    pq.write_table(table, FOLDER / f"{compression}.parquet", compression=compression, row_group_size=4)
pq.write_table(table.select(["words", "place"]), FOLDER / "lists.parquet")
pq.write_table(table.slice(0, 0), FOLDER / "empty.parquet")
