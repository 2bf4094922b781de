"""Writes the nested fixtures: the same XDM experience events in every format, and what they are events of.

    python3 -m venv venv && venv/bin/pip install pyarrow==26.0.1
    venv/bin/python Tests/Fixtures/make_nested.py

The field names are those of Adobe's public XDM schemas; the events are made up, from a fixed seed.
"""
import collections
import copy
import datetime
import gzip
import json
import pathlib
import random

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

folder = pathlib.Path(__file__).parent / "nested"
random.seed(7)
start = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)


def measure():
    return {"value": 1.0}


def page(name, views=1.0):
    return {"name": name, "URL": f"https://shop.example/{name}", "pageViews": {"value": views}}


def items(count):
    chosen = random.sample(range(8), count)
    return [
        {"SKU": f"SKU-{sku}", "name": f"Thing {sku}", "quantity": random.randint(1, 3), "priceTotal": 5.0 * sku + 0.5}
        for sku in chosen
    ]


def visit():
    return {"web": {"webPageDetails": page(random.choice(["home", "sale", "help"]))}}, ["webVisit"]


def click():
    web = {"webPageDetails": page("home", 0.0)}
    web["webInteraction"] = {"name": "banner", "type": "other", "linkClicks": measure()}
    return {"web": web}, ["webInteraction"]


def view():
    event = {"web": {"webPageDetails": page("product")}, "commerce": {"productViews": measure()}}
    return event | {"productListItems": items(1)}, ["productViews", "webVisit"]


def cart():
    name = random.choice(["productListViews", "productListOpens", "productListRemovals", "checkouts"])
    return {"commerce": {name: measure()}, "productListItems": items(random.randint(0, 3))}, [name]


def order():
    bought = items(random.randint(1, 4))
    total = sum(item["priceTotal"] for item in bought)
    number = f"P{random.randint(10_000, 99_999)}"
    commerce = {"purchases": measure(), "order": {"purchaseID": number, "priceTotal": total, "currencyCode": "EUR"}}
    return {"commerce": commerce, "productListItems": bought}, ["order", "purchases"]


def app():
    name = random.choice(["closes", "crashes", "featureUsages", "firstLaunches", "installs", "launches", "upgrades"])
    return {"application": {"name": "Shop", name: measure()}}, [name]


def search():
    event = {"web": {"webPageDetails": page("search")}, "search": {"keywords": random.choice(["red", "blue"])}}
    return event, ["search", "webVisit"]


def form():
    return {"eventType": "web.formFilledOut", "placeContext": {"geo": {"countryCode": "DE"}}}, ["web.formFilledOut"]


def nothing():
    return {"placeContext": {"geo": {"countryCode": "FR"}}, "productListItems": []}, []


makers = [visit, visit, click, view, view, cart, cart, order, app, search, form, nothing]
events, types = [], collections.Counter()
for number in range(240):
    event, names = random.choice(makers)()
    profile = random.randrange(20)
    time = start + datetime.timedelta(seconds=random.randrange(150 * 86_400))
    event["_id"] = f"event-{number}"
    event["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if number % 40 != 17:
        event["identityMap"] = {"ECID": [{"id": f"ecid-{profile}", "primary": True}]}
        if profile % 3 == 0:
            event["identityMap"]["Email"] = [{"id": f"{profile}@example.com"}, {"id": f"{profile}@example.org"}]
        event["endUserIDs"] = {"_experience": {"aaid": {"id": f"aaid-{profile}"}}}
        types.update(names)
        if number < 6:
            # The same row once more.
            events.append(copy.deepcopy(event))
            types.update(names)
    events.append(event)

with_identity = [event for event in events if "identityMap" in event]
lines = "".join(json.dumps(event) + "\n" for event in events)
array = "[\n" + ",\n".join(json.dumps(event, indent=1) for event in events) + "\n]\n"
folder.mkdir(exist_ok=True)
(folder / "xdm.jsonl").write_text(lines)
for name, text in [("xdm.jsonl.gz", lines), ("xdm.json.gz", array)]:
    (folder / name).write_bytes(gzip.compress(text.encode(), mtime=0))

for event in events:
    event["timestamp"] = datetime.datetime.fromisoformat(event["timestamp"])


def merged(events):
    """A record that has every field of all of them, so that Arrow finds all of the fields."""
    whole = {}
    for event in events:
        for key, value in event.items():
            if isinstance(value, dict):
                whole[key] = merged([whole.get(key, {}), value])
            elif isinstance(value, list):
                inner = [item for item in whole.get(key, []) + value if item]
                whole[key] = [merged(inner)] if inner else []
            else:
                whole.setdefault(key, value)
    return whole


schema = pa.Table.from_pylist([merged(events)]).schema
table = pa.Table.from_pylist(events, schema=schema)
pa.parquet.write_table(table, folder / "xdm.parquet", row_group_size=100)
with pa.ipc.new_file(folder / "xdm.arrow", schema) as file:
    file.write_table(table, max_chunksize=70)

# identityMap as Spark writes a map.
for event in events:
    if "identityMap" in event:
        event["identityMap"] = list(event["identityMap"].items())
identity = schema.field("identityMap").type.field("ECID").type
place = schema.get_field_index("identityMap")
mapped = schema.set(place, pa.field("identityMap", pa.map_(pa.string(), identity)))
pa.parquet.write_table(pa.Table.from_pylist(events, schema=mapped), folder / "xdm_map.parquet")

# Types that no XDM file has, but others do.
odd = pa.table({
    "who": pa.array(["a", "b", "c"]),
    "large": pa.array([[1, 2], None, []], pa.large_list(pa.int64())),
    "fixed": pa.array([[1.5, 2.5], None, [3.5, None]], pa.list_(pa.float64(), 2)),
    "deep": pa.array([[[{"a": [1, 2]}], []], [[{"a": None}, None]], None], pa.list_(pa.list_(
        pa.struct([("a", pa.list_(pa.int32()))])))),
    "words": pa.array([[("k", "x"), ("a.b", "y")], [], None], pa.map_(pa.string(), pa.string())),
    "coded": pa.array([["u", "v"], ["u"], []], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
    "a.b": pa.array([7, 8, 9]),
    "a": pa.array([{"b": 1, "c": 2}, None, {"b": None, "c": 4}], pa.struct([("b", pa.int64()), ("c", pa.int64())])),
    "span": pa.array([[1], [2], [3]], pa.list_(pa.duration("s"))),
})
pa.parquet.write_table(odd, folder / "odd.parquet")
with pa.ipc.new_stream(folder / "odd.arrow", odd.schema) as stream:
    stream.write_table(odd)

expected = {
    "rows": len(events), "withIdentity": len(with_identity),
    "types": dict(sorted(types.items())),
}
(folder / "xdm_expected.json").write_text(json.dumps(expected, indent=1) + "\n")
