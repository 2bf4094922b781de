"""Writes the golden files of Tests/TablesTests/Fixtures with other people's code, for ours to read.

    pip install pyarrow==26.0.1 && python3 Tests/Fixtures/make_fixtures.py

Run again, it writes the same bytes. The tests hold the values; this script holds how they were written.
"""

import datetime as dt
import decimal
import gzip
import os
import uuid

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "TablesTests", "Fixtures")
os.makedirs(folder, exist_ok=True)


def place(name):
    return os.path.join(folder, name)


def text(name, content, encoding="utf-8"):
    with open(place(name), "wb") as file:
        file.write(content.encode(encoding))


MOMENT = dt.datetime(2011, 9, 1, 12, 30, 0, 250000)
OLD = dt.datetime(1969, 12, 31, 23, 59, 59, 999999)
LATIN = ["Käse".encode("latin-1"), None, b"plain"]

types = {
    "bool": pa.array([True, None, False]),
    "int8": pa.array([-128, None, 127], pa.int8()),
    "uint16": pa.array([0, None, 65535], pa.uint16()),
    "int32": pa.array([-(2**31), None, 2**31 - 1], pa.int32()),
    "int64": pa.array([-(2**63), None, 2**63 - 1], pa.int64()),
    "uint64_small": pa.array([0, None, 2**63 - 1], pa.uint64()),
    "uint64_large": pa.array([12346, None, 2**64 - 1], pa.uint64()),
    "float32": pa.array([0.5, None, -2.0], pa.float32()),
    "float64": pa.array([0.1, None, float("nan")], pa.float64()),
    "decimal": pa.array([decimal.Decimal("12.34"), None, decimal.Decimal("-0.01")], pa.decimal128(12, 2)),
    "date32": pa.array([dt.date(2011, 9, 1), None, dt.date(1969, 12, 31)], pa.date32()),
    "seconds": pa.array([1314880200, None, -1], pa.timestamp("s")),
    "millis": pa.array([1314880200250, None, -1], pa.timestamp("ms")),
    "micros": pa.array([MOMENT, None, OLD], pa.timestamp("us")),
    "nanos": pa.array([1314880200250000999, None, -1], pa.timestamp("ns")),
    "zoned": pa.array([MOMENT, None, OLD], pa.timestamp("us", tz="Europe/London")),
    "string": pa.array(["Grüße", None, ""]),
    "large_string": pa.array(["a", None, "b"], pa.large_string()),
    "dictionary": pa.array(["x", None, "x"]).dictionary_encode(),
    "dictionary_int": pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.int8()), pa.array([7, 9])),
    "latin1": pa.array(LATIN, pa.binary()),
    "fixed": pa.array([b"abc", None, b"xyz"], pa.binary(3)),
    "nothing": pa.array([None, None, None], pa.null()),
    "list": pa.array([["a"], None, []], pa.list_(pa.string())),
    "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
    "time": pa.array([dt.time(1, 2, 3), None, dt.time(0)], pa.time64("us")),
}
table = pa.table(types)
pq.write_table(table, place("types.parquet"), compression="snappy")
pq.write_table(table, place("types_bare.parquet"), compression="zstd", store_schema=False)

arrow_only = table.append_column("view", pa.array(["view", None, "a text longer than twelve"], pa.string_view()))
arrow_only = arrow_only.append_column("half", pa.array([1.5, None, -0.25], pa.float16()))
arrow_only = arrow_only.append_column("date64", types["date32"].cast(pa.date64()))
with pa.ipc.new_file(place("types.arrow"), arrow_only.schema) as file:
    file.write_table(arrow_only)
with pa.ipc.new_stream(place("types.arrows"), arrow_only.schema) as file:
    file.write_table(arrow_only)
feather.write_feather(table.drop_columns(["map"]), place("types.feather"), compression="zstd")

# As Spark and Impala write timestamps.
pq.write_table(
    pa.table({"at": pa.array([MOMENT, None, OLD], pa.timestamp("us"))}), place("int96.parquet"),
    use_deprecated_int96_timestamps=True, store_schema=False)

# As pandas writes integers of which some are missing.
pq.write_table(pa.table({"CustomerID": [12346.0, None, float("nan"), 18287.0]}), place("nullable_ints.parquet"))

pq.write_table(
    pa.table({"id": pa.array([uuid.UUID(int=1).bytes, None, uuid.UUID(int=2**128 - 1).bytes], pa.uuid())}),
    place("uuid.parquet"))

record = pa.struct([
    ("purchases", pa.struct([("value", pa.float64()), ("order", pa.struct([("id", pa.string())]))])),
    ("items", pa.list_(pa.struct([("SKU", pa.string())]))),
])
pq.write_table(
    pa.table({
        "who": ["a", "b", "c", "d"],
        "commerce": pa.array([
            {"purchases": {"value": 1.5, "order": {"id": "o1"}}, "items": [{"SKU": "s"}]},
            None,
            {"purchases": None, "items": []},
            {"purchases": {"value": None, "order": {"id": "o1"}}, "items": None},
        ], record),
    }), place("nested.parquet"), row_group_size=3)

# Each row group has a dictionary of its own, and the last one is not dictionary-encoded at all.
rows = 10
groups = pa.table({
    "row": pa.array(range(rows), pa.int64()),
    "name": [f"name {row // 4}" if row % 3 else None for row in range(rows)],
    "deep": pa.array([{"name": f"deep {row}"} for row in range(rows)], pa.struct([("name", pa.string())])),
})
pq.write_table(groups, place("row_groups.parquet"), row_group_size=4)
with pq.ParquetWriter(place("large_dictionary.parquet"), groups.schema, dictionary_pagesize_limit=64) as file:
    for group in range(2):
        size = 300
        file.write_table(pa.table({
            "row": pa.array(range(group * size, (group + 1) * size), pa.int64()),
            "name": [f"group {group} name {row % 100}" for row in range(size)],
            "deep": pa.array([{"name": f"deep {row}"} for row in range(size)], groups.schema.field("deep").type),
        }))
pq.write_table(groups.slice(0, 0), place("no_rows.parquet"))

text("quotes.csv", (
    "\ufeffid,name,amount,at,ok,zip\r\n"
    '1,"Miller, Ann",1.50,2011-09-01T12:30:00Z,true,00123\r\n'
    '2,"said ""no""",NA,2011-09-02,FALSE,04567\r\n'
    '3,"two\r\nlines",oops,,true,\r\n'
    "4,short\r\n"
    "5,long,1,2,3,4,5\r\n"
    "6, ,-2e3,2011-09-03 01:02:03,None,00001"))
text("latin1.csv", "Name;Straße\nKäse;1\nMöhre;2\n", "latin-1")
events = (
    '{"who": "a", "at": "2011-09-01T12:30:00Z", "n": 1, "commerce": {"purchases": {"value": 2}}, "tags": ["x"]}\n'
    '{"who": "b", "at": "2011-09-02", "n": 9007199254740993, "commerce": null}\n'
    "\n"
    '{"who": "Gr\\u00fc\\u00dfe", "at": null, "n": null, "commerce": {"purchases": {"value": 0.5}}, "late": true}\n')
text("events.jsonl", events)
with open(place("events.jsonl.gz"), "wb") as file:
    file.write(gzip.compress(events.encode(), mtime=0))
with open(place("quotes.csv.gz"), "wb") as file, open(place("quotes.csv"), "rb") as plain:
    file.write(gzip.compress(plain.read(), mtime=0))
with open(place("quotes.csv.zst"), "wb") as file, open(place("quotes.csv"), "rb") as plain:
    with pa.CompressedOutputStream(file, "zstd") as compressed:
        compressed.write(plain.read())
