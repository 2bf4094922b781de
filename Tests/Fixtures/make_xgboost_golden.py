"""Models that this program exports, and what XGBoost makes of them: margins and contributions of rows' raw values.

    python make_xgboost_golden.py PROGRAM      # PROGRAM: a built propensity

Needs xgboost and pandas. For each shape of tree it writes into xgboost/: NAME.model (the program's own file), NAME.json (its
export) and NAME_expected.json (rows, XGBoost's margins and contributions, and XGBoost's version).
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
import xgboost

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "xgboost")

INSTANCE = """
version: 1
name: Golden
propensity: conversion
features: {{ path: table.csv, identity: row, label: {{ field: outcome, equals: "1" }} }}
checks: {{ minimum_outcomes: 50 }}
model: {{ growth: {growth}, trees: 6, bins: 20, learning_rate: 0.3 }}
"""


def table(count):
    random = np.random.default_rng(7)
    rows = pd.DataFrame({
        "amount": random.lognormal(3, 1, count).round(2),
        "balance": random.integers(-3, 4, count).astype(float),
        "ratio": random.normal(0, 1, count),
        "visits": random.poisson(2, count).astype(float),
        "plan [kind]": random.choice(["basic", "plus", "pro"], count),
        "city": [f"city {number}" for number in random.geometric(0.12, count)],
    })
    logit = (
        np.log(rows.amount) - 3 + (rows.balance > 0) * rows.ratio + 0.8 * (rows["plan [kind]"] == "plus")
        - 0.5 * rows.visits.clip(upper=3) + 0.6 * (rows.city == "city 2"))
    for column, share in [("amount", 0.2), ("ratio", 0.05), ("city", 0.1)]:
        # Missing more often where the outcome comes, so that there is a direction to learn.
        rows.loc[random.random(count) < share * (1 + (logit > 0)), column] = None
    rows["outcome"] = (random.random(count) < 1 / (1 + np.exp(-logit))).astype(int)
    return rows


def on_edges(rows, booster):
    """Puts values on the edges of bins into the first rows, where one more bit would send them the other way."""
    for column in range(4):
        conditions = sorted({
            float(np.nextafter(np.float32(split), np.float32(-np.inf)))
            for tree in json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
            for split, feature, left in zip(tree["split_conditions"], tree["split_indices"], tree["left_children"])
            if left >= 0 and feature == column and abs(split) < 1e30})
        for place, edge in enumerate(conditions[:25]):
            rows.iloc[2 * place, column] = edge
            rows.iloc[2 * place + 1, column] = float(np.nextafter(np.float32(edge), np.float32(np.inf)))
    return rows


def record(program, growth, work):
    with open(os.path.join(work, "instance.yaml"), "w") as file:
        file.write(INSTANCE.format(growth=growth))
    output = os.path.join(work, growth)
    subprocess.run([program, "run", file.name, "--output", output], check=True, stdout=subprocess.DEVNULL)
    exported = os.path.join(HERE, f"{growth}.json")
    subprocess.run([program, "export", output, "--format", "xgboost", "--output", exported], check=True)
    with open(os.path.join(output, "model", "propensity.model"), "rb") as own:
        with open(os.path.join(HERE, f"{growth}.model"), "wb") as copy:
            copy.write(own.read())

    booster = xgboost.Booster(model_file=exported)
    categories = json.loads(booster.attr("categories"))
    rows = on_edges(table(300).drop(columns="outcome").iloc[:120].reset_index(drop=True), booster)
    rows.loc[60, "city"] = "nowhere before"
    rows.columns = booster.feature_names
    numbers = rows.copy()
    for name, values in categories.items():
        codes = {value: 1 + index for index, value in enumerate(values)}
        numbers[name] = [
            np.nan if pd.isna(value) else codes.get(value, len(values) + 1) for value in rows[name]]
    matrix = xgboost.DMatrix(numbers.astype(np.float32))
    margins = booster.predict(matrix, output_margin=True)
    contributions = booster.predict(matrix, pred_contribs=True)
    assert abs(contributions.sum(axis=1) - margins).max() < 1e-5
    cells = [
        [None if pd.isna(value) else value if isinstance(value, str) else float(np.float32(value)) for value in row]
        for row in rows.itertuples(index=False)]
    with open(os.path.join(HERE, f"{growth}_expected.json"), "w") as file:
        json.dump({
            "xgboost": xgboost.__version__, "rows": cells, "margins": margins.astype(float).tolist(),
            "contributions": contributions.astype(float).tolist()}, file)
        file.write("\n")


def main():
    os.makedirs(HERE, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        table(2000).to_csv(os.path.join(work, "table.csv"), index=False)
        for growth in ["symmetric", "depthwise"]:
            record(os.path.abspath(sys.argv[1]), growth, work)


if __name__ == "__main__":
    main()
