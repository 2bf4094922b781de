#!/usr/bin/env python3
"""Recomputes a run's insights, and the figures of its report, from its Parquet outputs with numpy and scikit-learn.

    report_numbers.py PROPENSITY INSTANCE.yaml RUN

Buckets, score histogram, top shares, factor means and suggested segments come from scores/ and factors/; AUC, lift, gains
and calibration from the held-out rows that `propensity features` writes and the model that `propensity export` writes,
as XGBoost predicts it. The back-test's model is not kept, so that its figures cannot be recomputed one by one: its rows and
outcomes are counted anew, its figures must follow from one another, and its AUC must be within three standard errors of that of a model
that XGBoost trains on the same rows. Needs pandas, pyarrow, scikit-learn and xgboost-cpu.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
import xgboost
from sklearn.metrics import log_loss, roc_auc_score, roc_curve


def parts(folder):
    return pd.concat([pd.read_parquet(path) for path in sorted(glob.glob(f"{folder}/part-*.parquet"))])


def check(name, ours, theirs, tolerance):
    gap = float(np.max(np.abs(np.asarray(ours, float) - np.asarray(theirs, float))))
    print(f"{'ok ' if gap <= tolerance else 'BAD'} {name}: largest difference {gap:.2g} (allowed {tolerance:g})")
    return gap <= tolerance


def outputs(run, insights):
    scores, factors = parts(f"{run}/scores"), parts(f"{run}/factors")
    factors = factors.merge(scores[["profile", "bucket", "probability"]], on="profile")
    good = True
    page = open(f"{run}/report.html", encoding="utf-8").read()
    mean = scores.probability.mean()
    good &= check("mean probability", insights["mean_probability"], mean, 1e-9)
    good &= check("score histogram", insights["score_histogram"],
                  np.histogram(scores.score, bins=np.arange(101))[0], 0)
    recomputed = 100 / (1 + np.exp(-(np.log(scores.probability / (1 - scores.probability)) - np.log(mean / (1 - mean)))))
    good &= check("scores", scores.score, recomputed, 1e-6)
    for bucket in insights["buckets"]:
        name = bucket["name"]
        own = scores[scores.bucket == name]
        good &= check(f"{name}: profiles", bucket["profiles"], len(own), 0)
        good &= check(f"{name}: expected outcomes", bucket["expected_outcomes"], own.probability.sum(), 1e-4)
        good &= f"{len(own):,}" in page
        mine = factors[factors.bucket == name]
        shares = mine.groupby("code").profile.nunique() / max(1, len(own))
        means = mine.groupby("code").contribution.sum() / max(1, len(own))
        known = {factor["code"]: factor["by_bucket"][name] for factor in insights["factors"] if "by_bucket" in factor}
        codes = bucket["factors"]
        good &= check(f"{name}: top shares", [known[code]["top_share"] for code in codes],
                      [shares.get(code, 0) for code in codes], 1e-9)
        # The parts hold ten factors a profile: means are whole for those that are always among them.
        whole = [code for code in codes if known[code]["top_share"] == 1]
        if whole:
            good &= check(f"{name}: means of {len(whole)} factors that are in every profile's ten",
                          [known[code]["mean_contribution"] for code in whole], [means[code] for code in whole], 1e-5)
    for segment in insights.get("suggested_segments", []):
        rows = factors[(factors.bucket == segment["bucket"]) & (factors.code == segment["factor"])
                       & (factors.direction == segment["direction"]) & (factors.importance != "low")]
        good &= check(segment["name"], [segment["profiles"], segment["expected_outcomes"], segment["lift"]],
                      [len(rows), rows.probability.sum(), rows.probability.mean() / mean], 1e-3)
    return good


def contributions(booster, data, scored, run, insights):
    """Every described factor's mean contribution in each bucket, from XGBoost's Shapley values of the scored rows."""
    values = booster.predict(data(scored), pred_contribs=True)[:, :-1] * insights["calibration"]["slope"]
    # Features that say the same are one factor.
    for feature in insights["features"]:
        if "same_as" in feature:
            own, leader = (booster.feature_names.index(feature[key]) for key in ["code", "same_as"])
            values[:, leader] += values[:, own]
    bucket = scored.profile.map(parts(f"{run}/scores").set_index("profile").bucket).to_numpy()
    places = {code: place for place, code in enumerate(booster.feature_names)}
    described = [factor for factor in insights["factors"] if "by_bucket" in factor]
    good = True
    for name in ["low", "medium", "high"]:
        means = values[bucket == name].mean(axis=0)
        sizes = np.abs(values[bucket == name]).mean(axis=0)
        good &= check(f"{name}: mean contributions and magnitudes of {len(described)} factors",
                      [[factor["by_bucket"][name][key] for key in ["mean_contribution", "mean_magnitude"]]
                       for factor in described],
                      [[means[places[factor["code"]]], sizes[places[factor["code"]]]] for factor in described], 1e-4)
    return good


def consistent(name, said):
    """What an evaluation's figures say of one another."""
    deciles = said["deciles"]
    of = lambda key: np.array([decile[key] for decile in deciles])
    good = check(f"{name}: rows and outcomes of the tenths", [of("rows").sum(), of("outcomes").sum()],
                 [said["rows"], said["outcomes"]], 1e-6)
    good &= check(f"{name}: rates", of("rate"), of("outcomes") / of("rows"), 1e-9)
    good &= check(f"{name}: lift", of("lift"), of("rate") / (said["outcomes"] / said["rows"]), 1e-9)
    good &= check(f"{name}: calibration error", said["calibration_error"], np.abs(of("mean_probability") - of("rate")).mean(), 1e-9)
    good &= check(f"{name}: gains and tenths", said["gains"][10::10], of("cumulative_share"), 1e-9)
    fpr = np.array([0] + [point["false_positive_rate"] for point in said["roc"]])
    tpr = np.array([0] + [point["true_positive_rate"] for point in said["roc"]])
    return good & check(f"{name}: AUC under its ROC curve", said["auc"], np.trapezoid(tpr, fpr), 2e-3)


def back_test(data, rows, instance, insights):
    said = insights.get("back_test")
    if said is None:
        print("--  no back-test")
        return True
    latest = pd.Timestamp(insights["labelled_snapshots"][0])
    if latest.tzinfo is None and rows.snapshot.dt.tz is not None:
        latest = latest.tz_localize("UTC")
    window = pd.Timedelta(days=int(re.search(r"within:\s*(\d+)d", open(instance, encoding="utf-8").read())[1]))
    held_out = rows.held_out.astype(bool)
    test = rows[held_out & (rows.snapshot == latest)]
    train = rows[~held_out & rows.outcome.notna() & (rows.snapshot + window <= latest)]
    y = test.outcome.astype(int).to_numpy()
    good = check("back-test: rows and outcomes", [said["rows"], said["outcomes"]], [len(y), y.sum()], 0)
    good &= consistent("back-test", said)
    matrix = data(train)
    matrix.set_label(train.outcome.astype(int))
    settings = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.05, "min_child_weight": 20, "subsample": 0.7}
    peer = xgboost.train(settings, matrix, num_boost_round=150)
    return good & check("back-test: AUC beside XGBoost's own", said["auc"], roc_auc_score(y, peer.predict(data(test))),
                        3 * said["auc_standard_error"])


def halves(folder):
    """In which half of the held-out profiles each row's is: by a hash of the profile's number in its shard."""
    def half(number):
        value = (number ^ (0x68616C766573 * PRIMES[1])) & MASK
        value = ((value << 31 | value >> 33) * PRIMES[0] + PRIMES[3]) & MASK
        value = (value ^ value >> 33) * PRIMES[1] & MASK
        value = (value ^ value >> 29) * PRIMES[2] & MASK
        return (value ^ value >> 32) % 2

    found = []
    for path in sorted(glob.glob(f"{folder}/part-*.parquet")):
        profiles = pd.read_parquet(path, columns=["profile"]).profile
        numbers = {name: number for number, name in enumerate(sorted(set(profiles), key=lambda name: name.encode()))}
        found += [half(numbers[name]) for name in profiles]
    return np.array(found)


MASK = (1 << 64) - 1
PRIMES = [0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63]


def platt(margins, y):
    """Slope and intercept of Platt's calibration; 1 and 0 where they gain no more than chance does."""
    positives, negatives = y.sum(), len(y) - y.sum()
    target = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    fit = np.array([1.0, 0.0])
    design = np.stack([margins, np.ones(len(margins))], axis=1)
    for _ in range(100):
        p = 1 / (1 + np.exp(-design @ fit))
        fit -= np.linalg.solve((design.T * (p * (1 - p))) @ design + 1e-12 * np.eye(2), design.T @ (p - target))
    loss = lambda scores: log_loss(y, 1 / (1 + np.exp(-scores))) * len(y)
    return fit if loss(margins) - loss(design @ fit) > 9.21 / 2 else np.array([1.0, 0.0])


def evaluation(binary, instance, run, insights, work):
    subprocess.run([binary, "features", instance, "--output", f"{work}/made"], check=True, capture_output=True)
    subprocess.run([binary, "export", run, "--format", "xgboost", "--output", f"{work}/model.json"], check=True,
                   capture_output=True)
    rows = parts(f"{work}/made/features")
    booster = xgboost.Booster(model_file=f"{work}/model.json")
    categories = json.loads(booster.attr("categories") or "{}")
    if isinstance(categories, list):
        categories = dict(zip(booster.feature_names, categories))

    def data(rows):
        matrix = np.full((len(rows), len(booster.feature_names)), np.nan, np.float32)
        for place, name in enumerate(booster.feature_names):
            column = rows[name]
            if categories.get(name):
                codes = {value: index + 1 for index, value in enumerate(categories[name])}
                column = [np.nan if pd.isna(value) else codes.get(value, len(codes) + 1) for value in column]
            matrix[:, place] = np.asarray(column, np.float32)
        types = ["c" if categories.get(name) else "q" for name in booster.feature_names]
        return xgboost.DMatrix(
            matrix, feature_names=booster.feature_names, feature_types=types, enable_categorical=True)

    good = back_test(data, rows, instance, insights)
    # A feature table's labelled rows bear the same date as the rows that are scored, which are all rows once more.
    scored = rows[(rows.snapshot == rows.snapshot.max()) & rows.outcome.isna()]
    good &= contributions(booster, data, scored, run, insights)
    measured = (rows.held_out.astype(bool) & rows.outcome.notna()).to_numpy()
    rows, half = rows[measured], halves(f"{work}/made/features")[measured]
    margins = booster.predict(data(rows), output_margin=True).astype(float)
    y = rows.outcome.astype(int).to_numpy()
    calibration = insights["calibration"]
    slope, intercept = platt(margins, y)
    good &= check("calibration", [calibration["slope"], calibration["intercept"]], [slope, intercept], 1e-4)
    # Ranks are of the margins; probabilities are those of the other half's calibration.
    p = 1 / (1 + np.exp(-margins))
    crossed = np.empty(len(y))
    for own in range(2):
        slope, intercept = platt(margins[half != own], y[half != own])
        crossed[half == own] = 1 / (1 + np.exp(-(slope * margins[half == own] + intercept)))
    said = insights["hold_out"]
    good &= check("hold-out rows and outcomes", [said["rows"], said["outcomes"]], [len(y), y.sum()], 0)
    good &= check("AUC", said["auc"], roc_auc_score(y, p), 1e-4)
    good &= check("log loss", said["log_loss"], log_loss(y, crossed), 1e-4)
    order = np.argsort(-p, kind="stable")
    reached = np.concatenate([[0], np.cumsum(y[order])]) / y.sum()
    share = np.arange(101) / 100
    good &= check("gains", said["gains"], np.interp(share, np.arange(len(y) + 1) / len(y), reached), 5e-3)
    edges = np.arange(11) / 10
    tenths = np.interp(edges, np.arange(len(y) + 1) / len(y), reached * y.sum())
    lift = np.diff(tenths) / (len(y) / 10) / y.mean()
    good &= check("lift by tenth", [d["lift"] for d in said["deciles"]], lift, 5e-2)
    summed = np.interp(edges, np.arange(len(y) + 1) / len(y), np.concatenate([[0], np.cumsum(crossed[order])]))
    good &= check("calibration: mean probabilities", [d["mean_probability"] for d in said["deciles"]],
                  np.diff(summed) / (len(y) / 10), 2e-3)
    good &= check("calibration: rates", [d["rate"] for d in said["deciles"]], lift * y.mean(), 2e-2)
    fpr, tpr, _ = roc_curve(y, p, drop_intermediate=False)
    points = said["roc"]
    good &= check("ROC", [point["true_positive_rate"] for point in points],
                  np.interp([point["false_positive_rate"] for point in points], fpr, tpr), 2e-2)
    return good & consistent("hold-out", said)


def main():
    binary, instance, run = sys.argv[1:]
    insights = json.load(open(os.path.join(run, "insights.json"), encoding="utf-8"))
    with tempfile.TemporaryDirectory() as work:
        good = outputs(run, insights)
        good &= evaluation(binary, instance, run, insights, work)
    sys.exit(0 if good else 1)


main()
