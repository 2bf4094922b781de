#!/usr/bin/env python3
"""Writes CSV and JSON Lines files in which everything that goes wrong with such files does, and checks them.

    scripts/faults/inputs.py PROGRAM MINUTES [SEED]

Knows how such files are made: quotes, escapes, nulls, numbers of all sizes, encodings, nesting, line ends, rows cut off or
joined. `propensity check` must end by itself, with code 0, 1 or 2, within a minute, and without a trap. The folder of an
input that it does not end so for is kept, and named.
"""
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time

TEXTS = [
    "", " ", "a", "view", "Purchase", "NULL", "null", "\\N", "NaN", "#N/A", "-", "undefined", "(not set)", "Käse", "e\u0301",
    "\u0000", "\ufeff", "\U0001F600", "0", "00", "-0", "1.23E+10", "12346.0", "00123", "9" * 40, "1e400", "-1e-400", "1,234.50",
    "1.234,50", "$5", "true", "FALSE", "2011-09-01", "2011-13-45", "9999-12-31T23:59:59Z", "0001-01-01", "20110901", "45123.5",
    "10/09/2023 02:37 PM", "1314880200", "99999999999999", "a,b", "a;b", 'say "no"', '"', '""', "\\", '\\"', "two\nlines",
    "\r", "\t", "x" * 3000, "[1]", "{}", "sep=;",
]
RAW = ["null", "true", "17", "-", "1e999", "123456789012345678901234567890", "1.0", "[]", "[1, [2, [3]]]", "{}", '{"b": {"c": 1}}',
       '"\\ud800"', '"\\u0000"', '{"a": 1, "a": 2}', "NaN", "'x'", "01", "[" * 60 + "]" * 60, '"\xff"']
COLUMNS = ["who", "at", "kind", "price", "note", "", " who", "WHO", "who", "sub.x", "a[0]", "xdm:who"]


def moment(r):
    return r.choice([
        "2011-%02d-%02d" % (r.randint(1, 12), r.randint(1, 28)),
        "2011-%02d-%02dT%02d:00:00Z" % (r.randint(1, 12), r.randint(1, 28), r.randint(0, 23)),
        str(1293840000 + r.randint(0, 31536000)), r.choice(TEXTS)])


def value(r, column):
    if r.random() < 0.1:
        return r.choice(TEXTS)
    return {"who": "p%d" % r.randint(0, 400), "at": moment(r), "kind": r.choice(["view", "Purchase"]),
            "price": "%.2f" % (r.random() * 100)}.get(column.strip(), r.choice(TEXTS))


def csv(r):
    delimiter, end = r.choice(",;\t|"), r.choice(["\n", "\r\n", "\n", "\r"])
    columns = ["who", "at", "kind", "price"] + r.sample(COLUMNS, r.randint(0, 3)) if r.random() < 0.9 else r.sample(COLUMNS, 4)
    style = r.choice(["doubled", "backslash", "none"])

    def cell(text):
        if r.random() < 0.01:
            return r.choice(['"' + text, text + '"', '"' + text + '"x'])
        if style == "backslash" and ('"' in text or r.random() < 0.2):
            return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if style != "none" and (delimiter in text or '"' in text or "\n" in text or r.random() < 0.1):
            return '"' + text.replace('"', '""') + '"'
        return text

    lines = [delimiter.join(columns)]
    if r.random() < 0.1:
        lines.insert(0, "sep=" + delimiter)
    for _ in range(r.choice([0, 1, 5, 300, 3000])):
        cells = [cell(value(r, column)) for column in columns]
        if r.random() < 0.02:
            cells += [""] * r.randint(1, 3)
        if r.random() < 0.02:
            del cells[-1]
        lines.append(delimiter.join(cells))
        if r.random() < 0.005:
            lines.append(lines[0])
    return end.join(lines) + r.choice([end, ""])


def jsonl(r):
    def row():
        record = {}
        for column in ["who", "at", "kind", "price"] + (r.sample(COLUMNS, 2) if r.random() < 0.3 else []):
            if r.random() < 0.03:
                continue
            text = value(r, column)
            kinds = [text, {"deep": [text, {"er": text}]}, [text, text], None, True, r.random() * 10 ** r.randint(-9, 25),
                     r.randint(-2 ** 70, 2 ** 70)]
            record[column] = text if r.random() < 0.9 else r.choice(kinds)
        text = json.dumps(record, ensure_ascii=r.random() < 0.5, indent=r.choice([None] * 20 + [1]))
        if r.random() < 0.02:
            text = text.replace('"price"', '"who"')
        if r.random() < 0.02:
            text = text.replace(": ", ": " + r.choice(RAW) + ", \"z\": ", 1)
        if r.random() < 0.01:
            text = text[:r.randint(0, len(text))]
        return text if r.random() > 0.01 else r.choice(RAW)

    rows = [row() for _ in range(r.choice([0, 1, 5, 300, 3000]))]
    if r.random() < 0.1:
        return "[" + ",".join(rows) + r.choice(["]", "", "],"])
    return r.choice(["\n", "\r\n", "\n\n"]).join(rows) + r.choice(["\n", ""])


def encoded(r, text):
    encoding = r.choice(["utf-8"] * 8 + ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig"])
    data = bytearray(text.encode(encoding, errors="replace"))
    if r.random() < 0.1 and data:
        for _ in range(r.randint(1, 5)):
            data[r.randrange(len(data))] = r.randrange(256)
    if r.random() < 0.05:
        del data[r.randint(0, len(data)):]
    return bytes(data)


def instance(r, name):
    extra = r.choice([""] * 6 + ["    encoding: latin1\n", "    encoding: utf-16\n", "    encoding: windows-1252\n", "    decimal: \",\"\n",
                                 "    thousands: \",\"\n", "    escape: \"\\\\\"\n", "    currency: $\n"])
    goal = r.choice(["{ event: Purchase }", "{ field: price, gte: 50 }", "{ field: note, equals: 9007199254740993 }",
                     "{ field: kind, in: [Purchase, 1] }"])
    identity = r.choice(["who", "who", "{ column: who, missing: [\"-\", p1] }", "note"])
    return (f"version: 1\nname: x\npropensity: conversion\nevents:\n  - path: {name}\n    identity: {identity}\n    timestamp: at\n"
            f"    type: {r.choice(['{ column: kind }', 'Purchase', '{ xdm: standard }'])}\n{extra}"
            f"goal: {{ will: occur, any_of: [{goal}], within: 30d }}\n"
            f"checks: {{ minimum_outcomes: 1, maximum_rejected: 1 }}\nmodel: {{ trees: 1 }}\n")


def main():
    program, minutes = sys.argv[1], float(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time())
    end, tried, codes = time.time() + 60 * minutes, 0, {}
    while time.time() < end:
        r = random.Random(seed + tried)
        folder = tempfile.mkdtemp(prefix="inputs-")
        name = r.choice(["data.csv", "data.jsonl"])
        with open(f"{folder}/{name}", "wb") as file:
            file.write(encoded(r, csv(r) if name == "data.csv" else jsonl(r)))
        with open(f"{folder}/instance.yaml", "w") as file:
            file.write(instance(r, name))
        try:
            done = subprocess.run([program, "check", f"{folder}/instance.yaml"], capture_output=True, timeout=60)
            code, said = done.returncode, (done.stdout + done.stderr).decode(errors="replace")
        except subprocess.TimeoutExpired:
            code, said = "none within a minute", ""
        if code not in (0, 1, 2) or "Fatal error" in said or "signal" in said or "died" in said:
            print(f"seed {seed + tried}: code {code}, kept in {folder}\n{said[-800:]}")
            codes["bad"] = codes.get("bad", 0) + 1
        else:
            codes[code] = codes.get(code, 0) + 1
            shutil.rmtree(folder)
        tried += 1
    print(f"seed {seed}: {tried} inputs, by exit code {codes}")
    sys.exit(1 if "bad" in codes else 0)


main()
