"""Gather and assemble, beside Polars and DuckDB that compute the same counts, sums and recencies, in one interleaved run.

The events are Online Retail II, its customers repeated under new numbers (a simulation of size, not of variety). Everybody
makes features at two moments: 90 days before the end, to learn from, and the end, to score. Theirs are 66 aggregations; ours
are all that the product makes of these columns, with labels.
"""

import json
import os
import subprocess
import sys
import threading
import time

program, data, work = sys.argv[1:4]
copies = int(sys.argv[4]) if len(sys.argv) > 4 else 25
rounds = 3
os.environ["POLARS_MAX_THREADS"] = "2"

import duckdb
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

AS_OF = "2011-09-01"
# A snapshot to learn from lies the goal's 90 days before.
MOMENTS = ["2011-06-03", AS_OF]
WINDOWS = [1, 3, 7, 14, 30, 60, 90, 180, 365, 100_000]
SUMS = [30, 90, 365, 100_000]
INSTANCE = f"""
version: 1
name: Buys again within 90 days
propensity: conversion
events:
  - path: {work}/events.parquet
    identity: CustomerID
    timestamp: InvoiceDate
    type:
      - {{ name: Cancellation, when: {{ field: InvoiceNo, starts_with: C }} }}
      - {{ name: Purchase }}
    numbers: [Quantity, {{ name: Revenue, product: [Quantity, UnitPrice] }}]
    categories: []
goal: {{ will: occur, any_of: [{{ event: Purchase }}], within: 90d }}
eligible: {{ any_of: [{{ event: Purchase }}], in_last: 365d }}
snapshots: {{ count: 1 }}
duplicates: keep
as_of: {AS_OF}
"""


def make():
    """The events, `copies` times; how many."""
    table = pq.read_table(os.path.join(data, "online_retail_II_raw.parquet"), columns=[
        "InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"])
    table = table.filter(pc.is_valid(table["CustomerID"])).replace_schema_metadata(None)
    place = table.schema.get_field_index("CustomerID")
    with pq.ParquetWriter(f"{work}/events.parquet", table.schema, compression="snappy") as writer:
        for copy in range(copies):
            numbers = pc.add(table["CustomerID"], float(100_000 * copy))
            writer.write_table(table.set_column(place, "CustomerID", numbers), row_group_size=1 << 20)
    return copies * table.num_rows


def expressions():
    """Name, kind of event, aggregate and window in days of each feature."""
    for kind in ["any", "Purchase", "Cancellation"]:
        for days in WINDOWS:
            yield kind, "count", "", days
        yield kind, "last", "", 0
        yield kind, "first", "", 0
        for number in ["Quantity", "Revenue"]:
            for days in SUMS:
                yield kind, "sum", number, days
        yield kind, "mean", "Quantity", 100_000
        yield kind, "mean", "Revenue", 100_000


def with_polars(moment):
    as_of = polars.lit(moment).str.to_datetime()
    events = polars.scan_parquet(f"{work}/events.parquet").filter(polars.col("InvoiceDate") <= as_of).select(
        "CustomerID", "Quantity", "InvoiceDate", (polars.col("Quantity") * polars.col("UnitPrice")).alias("Revenue"),
        polars.col("InvoiceNo").str.starts_with("C").alias("cancelled"),
        ((as_of - polars.col("InvoiceDate")).dt.total_microseconds() / 86_400e6).alias("age"))
    made = []
    for kind, aggregate, number, days in expressions():
        rows = {"any": polars.lit(True), "Purchase": ~polars.col("cancelled"), "Cancellation": polars.col("cancelled")}[
            kind]
        inside = rows if days == 100_000 else rows & (polars.col("age") < days)
        value = {
            "count": lambda: inside.sum(), "last": lambda: polars.col("age").filter(rows).min(),
            "first": lambda: polars.col("age").filter(rows).max(),
            "sum": lambda: polars.when(inside).then(polars.col(number)).otherwise(0.0).sum(),
            "mean": lambda: polars.when(inside).then(polars.col(number)).mean(),
        }[aggregate]()
        made.append(value.alias(f"{kind}_{aggregate}_{number}_{days}"))
    events.group_by("CustomerID").agg(made).sink_parquet(f"{work}/polars-{moment}.parquet")


def with_duckdb(moment):
    made = []
    for kind, aggregate, number, days in expressions():
        rows = {"any": "true", "Purchase": "not cancelled", "Cancellation": "cancelled"}[kind]
        inside = f"filter (where {rows} and age < {days})"
        value = {
            "count": f"count(*) {inside}", "last": f"min(age) filter (where {rows})",
            "first": f"max(age) filter (where {rows})", "sum": f"sum({number}) {inside}",
            "mean": f"avg({number}) {inside}",
        }[aggregate]
        made.append(f'{value} as "{kind}_{aggregate}_{number}_{days}"')
    query = f"""
        copy (select CustomerID, {', '.join(made)} from (
            select CustomerID, Quantity, Quantity * UnitPrice as Revenue, starts_with(InvoiceNo, 'C') as cancelled,
                date_diff('microsecond', InvoiceDate, timestamp '{moment}') / 86400e6 as age
            from '{work}/events.parquet' where InvoiceDate <= timestamp '{moment}')
        group by CustomerID) to '{work}/duckdb-{moment}.parquet'"""
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.execute(query)


class Memory(threading.Thread):
    """The largest resident memory of any one process of a command's, in MiB, looked at ten times a second."""

    def __init__(self, leader):
        super().__init__(daemon=True)
        self.leader, self.peak, self.over = leader, 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.1):
            for pid in [self.leader, *children(self.leader)]:
                try:
                    with open(f"/proc/{pid}/status") as status:
                        lines = dict(line.split(":", 1) for line in status if line.startswith("VmHWM"))
                    self.peak = max(self.peak, int(lines["VmHWM"].split()[0]) / 1024)
                except (OSError, KeyError):
                    pass


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as listed:
            return [int(child) for child in listed.read().split()]
    except OSError:
        return []


def ours():
    """Seconds of gathering and of assembling, and the largest process's memory."""
    with open(f"{work}/instance.yaml", "w") as out:
        out.write(INSTANCE)
    started = subprocess.Popen(
        [program, "features", f"{work}/instance.yaml", "--output", f"{work}/made"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    memory = Memory(started.pid)
    text = started.communicate()[0]
    memory.over.set()
    if started.returncode:
        sys.exit(text)
    with open(f"{work}/made/features.json") as catalogue:
        made = json.load(catalogue)
    seconds = {stage["stage"]: stage["seconds"] for stage in made["stages"]}
    return seconds["gather"], seconds["assemble"], memory.peak, len(made["features"])


def busy():
    """Jiffies that all processors have worked, and that this process and its children have."""
    with open("/proc/stat") as stat:
        numbers = [int(word) for word in stat.readline().split()[1:]]
    own = os.times()
    return sum(numbers) - numbers[3] - numbers[4], sum(own[:4]) * os.sysconf("SC_CLK_TCK")


def timed(body):
    """Seconds for both moments."""
    start = time.monotonic()
    for moment in MOMENTS:
        body(moment)
    return time.monotonic() - start


events = make()
print(f"{events} events, {os.path.getsize(f'{work}/events.parquet') >> 20} MiB of Parquet, {rounds} rounds, 2 threads each")
all_before, own_before = busy()
best = {"gather": [], "assemble": [], "total": [], "polars": [], "duckdb": []}
for _ in range(rounds):
    best["polars"].append(timed(with_polars))
    gather, assemble, peak, features = ours()
    best["gather"].append(gather)
    best["assemble"].append(assemble)
    best["total"].append(gather + assemble)
    best["duckdb"].append(timed(with_duckdb))
all_after, own_after = busy()
foreign = 1 - (own_after - own_before) / max(1, all_after - all_before)
theirs = len(list(expressions()))
polars_rate = events / min(best["polars"])
print(f"foreign load: {max(0, foreign):.0%} of the processor time that was spent\n")
print("Features of every customer at two moments:\n")
print("| | seconds (best) | M events/s | of Polars' rate |")
print("| --- | --- | --- | --- |")
for name, seconds in [
    (f"propensity, gather and assemble, {features} features", min(best["total"])),
    ("  gather alone", min(best["gather"])), ("  assemble alone", min(best["assemble"])),
    (f"Polars, {theirs} features", min(best["polars"])),
    (f"DuckDB, {theirs} features", min(best["duckdb"])),
]:
    print(f"| {name} | {seconds:.2f} | {events / seconds / 1e6:.2f} | {events / seconds / polars_rate:.2f} |")
print(f"\nlargest process of propensity: {peak:.0f} MiB")
