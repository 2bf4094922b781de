"""A made log of a shop: who comes how often, buys what at which price, and stays away for ever from some week on.

A simulation: every profile has a rate, a mix of events, a level of prices, favourite categories, a week of joining and one of leaving,
all drawn from a seed. One Parquet file a week, sorted by time. The same profiles and seed give the same files.
"""

import datetime
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

WEEKS = 56
START = datetime.datetime(2024, 11, 4, tzinfo=datetime.timezone.utc)
# What came is in the last four weeks.
AS_OF_WEEK = WEEKS - 4
TYPES = np.array(["View", "Cart", "Purchase", "Return"])
CATEGORIES = np.array([f"Category {number}" for number in range(24)])
CHANNELS = np.array(["web", "app", "shop", "mail"])
CHUNK = 250_000
DAY = 86_400_000_000


def as_of():
    return (START + datetime.timedelta(weeks=AS_OF_WEEK)).date().isoformat()


def traits(seed, first, count):
    """What some profiles are like, as columns."""
    random = np.random.default_rng([seed, 1, first])
    joins = random.integers(-60, WEEKS - 1, count)
    rate = random.gamma(.6, .9, count) + .02
    return {
        "rate": rate,
        "buys": random.beta(1.6, 9, count),
        "price": random.lognormal(3.2, .7, count),
        "favourite": random.integers(0, len(CATEGORIES), count),
        "channel": random.integers(0, len(CHANNELS), count),
        "joins": joins,
        # Who comes more often stays longer.
        "leaves": joins + np.ceil(random.exponential(20 + 25 * np.minimum(rate, 3), count)).astype(np.int64),
    }


def week_of(seed, week, first, people):
    """One week's events of some profiles, in no order: columns, the profile as its number among these."""
    random = np.random.default_rng([seed, 2, week, first])
    # Busier before the turn of the year.
    season = 1 + .35 * np.exp(-((week % 52 - 6) ** 2) / 8)
    is_there = (people["joins"] <= week) & (week < people["leaves"])
    # The last weeks before somebody leaves are quieter.
    fade = np.clip((people["leaves"] - week) / 6, .25, 1)
    counts = random.poisson(np.where(is_there, people["rate"] * season * fade * .92, 0))
    rows = np.repeat(np.arange(len(counts)), counts)
    count = len(rows)
    buys = people["buys"][rows]
    draw = random.random(count)
    kind = np.where(draw < buys, 2, np.where(draw < buys * 2.2, 1, np.where(draw > .985, 3, 0)))
    favourite = random.random(count) < .6
    amount = np.round(people["price"][rows] * random.lognormal(0, .4, count), 2)
    return {
        "row": rows,
        "time": week * 7 * DAY + (random.random(count) * 7 * DAY).astype(np.int64),
        "kind": kind.astype(np.int32),
        "category": np.where(favourite, people["favourite"][rows], random.integers(0, len(CATEGORIES), count)).astype(np.int32),
        "channel": np.where(random.random(count) < .8, people["channel"][rows], random.integers(0, len(CHANNELS), count)).astype(np.int32),
        "amount": amount,
        "has_amount": kind >= 2,
    }


def make(folder, profiles, seed=1):
    """Writes the log; how many events it has."""
    os.makedirs(folder, exist_ok=True)
    chunks = [(first, min(CHUNK, profiles - first)) for first in range(0, profiles, CHUNK)]
    people = [traits(seed, *chunk) for chunk in chunks]
    start = int(START.timestamp() * 1_000_000)
    total = 0
    for week in range(WEEKS):
        parts = [week_of(seed, week, first, people[index]) for index, (first, _) in enumerate(chunks)]
        numbers = np.concatenate([part["row"] + first for part, (first, _) in zip(parts, chunks)])
        column = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name != "row"}
        order = np.argsort(column["time"], kind="stable")
        total += len(order)

        def texts(name, values):
            return pa.DictionaryArray.from_arrays(pa.array(column[name][order]), pa.array(values))

        table = pa.table({
            "profile": pa.array(np.char.add("p", numbers[order].astype("U"))),
            "time": pa.array(column["time"][order] + start, pa.timestamp("us", tz="UTC")),
            "event": texts("kind", TYPES),
            "category": texts("category", CATEGORIES),
            "channel": texts("channel", CHANNELS),
            "amount": pa.array(column["amount"][order], mask=~column["has_amount"][order]),
        })
        pq.write_table(table, f"{folder}/week-{week:02}.parquet", compression="zstd")
    return total
