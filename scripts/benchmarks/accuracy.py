"""AUC, log loss and calibration error of our scores, beside LightGBM, XGBoost and CatBoost with their defaults.

The peers learn from the very features that we make (all labelled snapshots, held-out profiles included), and LightGBM
also from what a notebook makes of the events: recency, frequency, monetary value and tenure at one to three outcome
windows before the date. All are measured on what happened after the date, or on rows whose label nobody was given.
"""

import glob
import os
import subprocess
import sys

import catboost
import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn.metrics import log_loss, roc_auc_score

from datasets import DATASETS, Events

program, data, work = sys.argv[1:4]
wanted = sys.argv[4:]


def run(*arguments):
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"propensity {' '.join(arguments)}:\n{done.stdout}")


def parts(folder):
    return pd.concat([pd.read_parquet(path) for path in sorted(glob.glob(folder + "/*.parquet"))], ignore_index=True)


def calibration_error(outcome, probability, tenths=10):
    """Mean gap between probability and rate over tenths of the rows, as in insights.json."""
    order = np.argsort(probability, kind="stable")
    groups = np.array_split(order, tenths)
    return sum(len(g) * abs(outcome[g].mean() - probability[g].mean()) for g in groups) / len(order)


def chance(probability, draws=1000):
    """What the calibration error of perfectly calibrated probabilities like these would be: mean, and 95th percentile."""
    random = np.random.default_rng(1)
    errors = [calibration_error(random.random(len(probability)) < probability, probability) for _ in range(draws)]
    return np.mean(errors), np.quantile(errors, 0.95)


def peers(train, outcome, test):
    """Each peer's probabilities, by name; categories are told as such, everything else is its default."""
    categories = [c for c in train.columns if not pd.api.types.is_numeric_dtype(train[c])]
    train, test = train.copy(), test.copy()
    for column in categories:
        kinds = pd.CategoricalDtype(sorted(set(train[column].dropna())))
        train[column] = train[column].astype(kinds)
        test[column] = test[column].where(test[column].isin(kinds.categories)).astype(kinds)
    model = lightgbm.LGBMClassifier(verbose=-1, n_jobs=2).fit(train, outcome)
    yield "LightGBM", model.predict_proba(test)[:, 1]
    model = xgboost.XGBClassifier(enable_categorical=True, n_jobs=2).fit(train, outcome)
    yield "XGBoost", model.predict_proba(test)[:, 1]
    for column in categories:
        train[column] = train[column].astype(object).where(train[column].notna(), "none").astype(str)
        test[column] = test[column].astype(object).where(test[column].notna(), "none").astype(str)
    model = catboost.CatBoostClassifier(cat_features=categories, verbose=0, thread_count=2, allow_writing_files=False)
    yield "CatBoost", model.fit(train, outcome).predict_proba(test)[:, 1]


def notebook(dataset, profiles):
    """LightGBM on recency, frequency, monetary value and tenure."""
    dates = [dataset.date - pd.Timedelta(days=90 * back) for back in (1, 2, 3)]
    tables = [dataset.simple(data, date) for date in dates]
    train = pd.concat([table for table in tables if len(table)])
    now = dataset.simple(data, dataset.date).reindex(profiles)
    columns = ["recency", "frequency", "monetary", "tenure"]
    model = lightgbm.LGBMClassifier(verbose=-1, n_jobs=2).fit(train[columns], train.outcome)
    return model.predict_proba(now[columns])[:, 1]


def measure(dataset):
    file = os.path.join(work, "instance.yaml")
    with open(file, "w") as out:
        out.write(dataset.instance(data, work))
    run("run", file, "--output", os.path.join(work, "results"))
    run("features", file, "--output", os.path.join(work, "made"))
    scores = parts(os.path.join(work, "results/scores"))
    made = parts(os.path.join(work, "made/features"))
    positive = dataset.outcomes(data, work)
    if isinstance(dataset, Events):
        scored = made[made.snapshot == made.snapshot.max()]
        labelled = made[made.outcome.notna()]
    else:
        scores = scores[scores.profile.isin(dataset.measured)]
        labelled = made[made.outcome.notna()].drop_duplicates("profile")
        scored = made[made.profile.isin(dataset.measured)].drop_duplicates("profile")
    scored = scored.set_index("profile").loc[scores.profile]
    outcome = scores.profile.isin(positive).astype(int).to_numpy()
    features = [c for c in made.columns if c not in ("profile", "snapshot", "outcome", "held_out")]
    results = [("propensity", scores.probability.to_numpy())]
    results += peers(labelled[features], labelled.outcome.astype(int), scored[features])
    if isinstance(dataset, Events):
        results.append(("LightGBM, notebook", notebook(dataset, scores.profile)))
    title = f"{dataset.name}: {len(labelled)} rows to learn from, {len(features)} features, {len(outcome)} measured"
    print(f"\n{title}, base rate {outcome.mean():.3f}\n", flush=True)
    print("| | AUC | against best peer | log loss | calibration error | by chance alone: mean, 95 % |")
    print("| --- | --- | --- | --- | --- | --- |")
    best = max(roc_auc_score(outcome, p) for name, p in results[1:4])
    for name, probability in results:
        auc = roc_auc_score(outcome, probability)
        mean, most = chance(probability)
        print(
            f"| {name} | {auc:.4f} | {auc - best:+.4f} | {log_loss(outcome, probability):.4f} | "
            f"{calibration_error(outcome, probability):.4f} | {mean:.4f}, {most:.4f} |", flush=True)


for dataset in DATASETS:
    if not wanted or any(w.lower() in dataset.name.lower() for w in wanted):
        measure(dataset)
