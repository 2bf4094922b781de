"""A whole run on a made log (shop_log.py): its stages, its largest process, its disk, and whether it was right; beside a notebook.

The notebook is what an analyst would write: features by Polars at four dates, LightGBM, its contributions. It is left out beyond a
million profiles, where it takes too long.
"""

import json
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

import shop_log

program, work = sys.argv[1:3]
profiles = int(float(sys.argv[3])) if len(sys.argv) > 3 else 1_000_000
LARGEST_NOTEBOOK = 1_000_000
INSTANCE = f"""
version: 1
name: Buys within 28 days
propensity: conversion
events:
  - path: {work}/events/*.parquet
    identity: profile
    timestamp: time
    type: {{ column: event }}
    numbers: [amount]
    categories: [category, channel]
goal: {{ will: occur, event: Purchase, within: 28d }}
eligible: {{ any_of: [{{ event: View }}, {{ event: Cart }}, {{ event: Purchase }}], in_last: 180d }}
as_of: {shop_log.as_of()}
output: {work}/results
"""


def descendants(process):
    """The process and those that it has started, now."""
    found = [process]
    for number in found:
        try:
            for thread in os.listdir(f"/proc/{number}/task"):
                with open(f"/proc/{number}/task/{thread}/children") as file:
                    found += [int(child) for child in file.read().split()]
        except OSError:
            pass
    return found


def peak(process):
    """The most memory that a process has had, in bytes."""
    try:
        with open(f"/proc/{process}/status") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def size(folder):
    """Bytes on the disk below a folder, as it is now."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(f"{place}/{name}").st_blocks * 512
            except OSError:
                pass
    return total


def measured(command):
    """Seconds, the processor's seconds, the largest process and the most disk of a command and all that it starts."""
    largest, disk = 0, 0
    with open(f"{work}/log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    done = threading.Event()

    def watch():
        nonlocal largest, disk
        beats = 0
        while not done.wait(.25):
            largest = max([largest, *map(peak, descendants(process.pid))])
            if beats % 8 == 0:
                disk = max(disk, size(work) - inputs)
            beats += 1

    inputs = size(f"{work}/events")
    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.time()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.time() - begun
    done.set()
    watcher.join()
    if status:
        with open(f"{work}/log") as log:
            sys.exit(log.read())
    return seconds, usage.ru_utime + usage.ru_stime, largest, disk, inputs


def buyers():
    """Who bought in the four weeks after the score date."""
    found = []
    for week in range(shop_log.AS_OF_WEEK, shop_log.WEEKS):
        table = pq.read_table(f"{work}/events/week-{week:02}.parquet", columns=["profile", "event"])
        found.append(table.filter(pc.equal(table["event"].cast("string"), "Purchase"))["profile"].to_numpy())
    return np.unique(np.concatenate(found).astype("U"))


def auc_and_loss(names, probabilities, came):
    outcome = np.isin(names.astype("U"), came)
    order = np.argsort(probabilities, kind="stable")
    _, place, counts = np.unique(probabilities[order], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positives = outcome.sum()
    auc = (ranks[outcome[order]].sum() - positives * (positives + 1) / 2) / (positives * (len(outcome) - positives))
    p = np.clip(probabilities, 1e-15, 1 - 1e-15)
    return auc, -np.mean(np.where(outcome, np.log(p), np.log(1 - p))), outcome.mean()


def notebook():
    """What an analyst would do: seconds, and AUC and log loss."""
    import lightgbm
    import polars as pl
    begun = time.time()
    events = pl.scan_parquet(f"{work}/events/*.parquet").with_columns(pl.col("event").cast(pl.String))
    end = np.datetime64(shop_log.as_of())

    def features(moment):
        before = events.filter(pl.col("time") < pl.lit(moment).cast(pl.Datetime("us", "UTC")))
        age = (pl.lit(moment).cast(pl.Datetime("us", "UTC")) - pl.col("time")).dt.total_days()
        wanted = [age.min().alias("recency"), age.max().alias("tenure")]
        for days in (7, 28, 90, 365):
            recent = age < days
            for kind in shop_log.TYPES:
                wanted.append((recent & (pl.col("event") == str(kind))).sum().alias(f"{kind}_{days}"))
            wanted += [
                pl.col("amount").filter(recent).sum().alias(f"amount_{days}"),
                pl.col("category").filter(recent).n_unique().alias(f"categories_{days}"),
                (recent & (pl.col("channel") == "app")).sum().alias(f"app_{days}"),
            ]
        for kind in shop_log.TYPES:
            wanted.append(age.filter(pl.col("event") == str(kind)).min().alias(f"since_{kind}"))
        return before.group_by("profile").agg(wanted).filter(pl.col("recency") < 180).collect(engine="streaming")

    def labels(moment):
        later = moment + np.timedelta64(28, "D")
        window = pl.col("time").is_between(
            pl.lit(moment).cast(pl.Datetime("us", "UTC")), pl.lit(later).cast(pl.Datetime("us", "UTC")), closed="left")
        return events.filter(window & (pl.col("event") == "Purchase")).select("profile").unique().collect()

    parts, outcomes = [], []
    for back in (28, 56, 84):
        moment = end - np.timedelta64(back, "D")
        rows = features(moment)
        parts.append(rows.drop("profile").to_numpy())
        outcomes.append(rows["profile"].is_in(labels(moment)["profile"].implode()).to_numpy())
    now = features(end)
    data, outcome = np.concatenate(parts), np.concatenate(outcomes)
    held = np.random.default_rng(1).random(len(data)) < .2
    model = lightgbm.LGBMClassifier(n_estimators=1000, num_threads=os.cpu_count(), verbose=-1)
    model.fit(data[~held], outcome[~held], eval_set=[(data[held], outcome[held])],
              callbacks=[lightgbm.early_stopping(30, verbose=False)])
    rows = now.drop("profile").to_numpy()
    probabilities = model.predict_proba(rows)[:, 1]
    model.booster_.predict(rows, pred_contrib=True)
    return time.time() - begun, now["profile"].to_numpy(), probabilities


begun = time.time()
count = shop_log.make(f"{work}/events", profiles)
print(f"{profiles:,} profiles, {count:,} events, made in {time.time() - begun:.0f} s", flush=True)
with open(f"{work}/shop.yaml", "w") as file:
    file.write(INSTANCE)
cores = os.cpu_count()
seconds, processor, largest, disk, inputs = measured([program, "run", f"{work}/shop.yaml"])
with open(f"{work}/results/run.json") as file:
    record = json.load(file)
print("| stage | s | MB to the coordinator |\n| --- | --- | --- |")
for stage in record["stages"]:
    print(f"| {stage['title']} | {stage['seconds']:.1f} | {stage['bytes'] / 1e6:.1f} |")
came = buyers()
scores = pq.ParquetDataset(f"{work}/results/scores").read(columns=["profile", "probability"])
auc, loss, share = auc_and_loss(scores["profile"].to_numpy(), scores["probability"].to_numpy(), came)
print(f"\nscored {len(scores):,}, of whom {share:.2%} bought; AUC {auc:.4f}, log loss {loss:.4f}")
print(f"whole run {seconds:.1f} s, processor {processor:.1f} s, {processor / seconds / cores:.2f} of {cores} cores")
print(f"largest process {largest / 2**20:.0f} MiB; input {inputs / 1e6:.0f} MB, most disk {disk / inputs:.1f} times as much")
if profiles <= LARGEST_NOTEBOOK:
    theirs, names, probabilities = notebook()
    auc, loss, _ = auc_and_loss(names, probabilities, came)
    print(f"a notebook: {theirs:.1f} s, {theirs / seconds:.1f} times as long; AUC {auc:.4f}, log loss {loss:.4f}")
