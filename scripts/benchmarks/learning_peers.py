"""One peer trains, predicts and explains in a process of its own: `learning_peers.py NAME FOLDER`; a line of JSON."""

import json
import os
import sys
import time

import numpy as np

import synthetic

TREES, THREADS, EXPLAINED = 100, 2, 4000

name, folder = sys.argv[1:3]
clock = time.perf_counter
result = {}


def resident(what):
    """MB: VmRSS now, VmHWM at most."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(what)) / 1000


def timed(key, body):
    start, processor = clock(), time.process_time()
    value = body()
    result[key] = clock() - start
    result[key + "_processor"] = time.process_time() - processor
    return value


x, outcome = synthetic.read(folder, "train")
test, expected = synthetic.read(folder, "test")
some = test[:EXPLAINED]

if name.startswith("lightgbm"):
    import lightgbm

    options = dict(objective="binary", learning_rate=0.1, num_leaves=31, num_threads=THREADS, verbose=-1,
                   force_row_wise=True, use_quantized_grad=name.endswith("quantised"),
                   data_sample_strategy="goss" if name.endswith("goss") else "bagging")
    before = resident("VmRSS")
    data = timed("bin", lambda: lightgbm.Dataset(x, outcome, params=options).construct())
    model = timed("train", lambda: lightgbm.train(options, data, TREES))
    result["peak"] = resident("VmHWM") - before
    probability = timed("predict", lambda: model.predict(test, num_threads=THREADS))
    timed("explain", lambda: model.predict(some, pred_contrib=True, num_threads=THREADS))
elif name == "lbfgs":
    # The design of our own regression (LinearDesign): standardised ranks of the bins, and an indicator of what is missing.
    bins = np.fromfile(os.path.join(folder, "train.bins"), np.uint8).reshape(synthetic.FEATURES, len(outcome))
    design = np.zeros((len(outcome), 2 * synthetic.FEATURES), np.float32)
    for feature, column in enumerate(bins):
        known = column > 0
        design[known, feature] = (column[known] - column[known].mean()) / column[known].std()
        design[:, synthetic.FEATURES + feature] = ~known
    del bins, x
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    model = timed("train", lambda: LogisticRegression(solver="lbfgs", C=1.0).fit(design, outcome))
    print(json.dumps(dict(
        result, passes=int(model.n_iter_[0]), loss=log_loss(outcome, model.predict_proba(design)[:, 1].astype(np.float64)))))
    sys.exit()
elif name == "xgboost":
    import xgboost

    options = dict(objective="binary:logistic", eta=0.1, nthread=THREADS, tree_method="hist", max_depth=6, verbosity=0)
    before = resident("VmRSS")
    data = timed("bin", lambda: xgboost.QuantileDMatrix(x, outcome, max_bin=256, nthread=THREADS))
    model = timed("train", lambda: xgboost.train(options, data, TREES))
    result["peak"] = resident("VmHWM") - before
    probability = timed("predict", lambda: model.inplace_predict(test))
    rows = xgboost.DMatrix(some, nthread=THREADS)
    timed("explain", lambda: model.predict(rows, pred_contribs=True))
else:
    import catboost

    before = resident("VmRSS")
    data = catboost.Pool(x, outcome, thread_count=THREADS)
    timed("bin", lambda: data.quantize(border_count=254, task_type="CPU"))
    model = catboost.CatBoost(dict(
        loss_function="Logloss", learning_rate=0.1, thread_count=THREADS, iterations=TREES, depth=6, border_count=254,
        verbose=False, allow_writing_files=False, random_seed=1))
    timed("train", lambda: model.fit(data))
    result["peak"] = resident("VmHWM") - before
    probability = timed("predict", lambda: model.predict(
        catboost.Pool(test, thread_count=THREADS), prediction_type="Probability", thread_count=THREADS)[:, 1])
    rows = catboost.Pool(some)
    timed("explain", lambda: model.get_feature_importance(rows, type="ShapValues", thread_count=THREADS))

from sklearn.metrics import log_loss, roc_auc_score

result["score"] = len(test) / result.pop("predict")
result["explain"] = EXPLAINED / result["explain"]
result["auc"] = roc_auc_score(expected, probability)
result["logloss"] = log_loss(expected, probability.astype(np.float64))
print(json.dumps(result))
