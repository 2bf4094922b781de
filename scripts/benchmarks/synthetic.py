"""Rows like a large customer table, made from a seed: heavy-tailed counts, recencies, small whole numbers, amounts and
noise, with missing values, and an outcome (8 %) that depends on thresholds, curves and interactions of them."""

import os

import numpy as np

FEATURES = 50


def drawn(rows, seed=7):
    """The features, one row of the array each, and the outcomes."""
    random = np.random.default_rng(seed)
    hidden = random.standard_normal((6, rows), dtype=np.float32)
    noise = lambda: random.standard_normal(rows, dtype=np.float32)
    x = np.empty((FEATURES, rows), np.float32)
    for j in range(15):  # counts
        x[j] = random.poisson(np.minimum(np.exp(0.3 + j / 12 + 0.72 * hidden[j % 6] + 0.6 * noise()), 1e6))
    for j in range(15, 25):  # recencies
        x[j] = np.floor(random.exponential(300, rows) * np.exp(-0.6 * hidden[(j + 1) % 6])) / 10
    for j, kinds in zip(range(25, 35), [2, 3, 4, 5, 7, 10, 12, 2, 3, 24]):
        x[j] = np.clip(np.floor(((0.5 * hidden[(j + 2) % 6] + noise()) / 5 + 0.5) * kinds), 0, kinds - 1)
    for j in range(35, 45):  # amounts
        x[j] = np.exp(3 + 0.72 * hidden[(j + 3) % 6] + 0.96 * noise())
    for j in range(45, 50):
        x[j] = noise()
    log = np.log1p
    odds = 1.1 * (
        0.9 * np.tanh((x[15] - 25) / 20) + 0.7 * np.tanh((x[16] - 40) / 15) * (x[25] == 1) - 0.5 * log(x[0])
        + 0.35 * log(x[1]) * (x[26] == 2) - 0.15 * log(x[2]) * log(x[3]) + 0.6 * ((x[17] > 60) & (x[4] < 2))
        + 0.8 * ((x[18] < 10) & (x[35] > 40) & (x[27] > 1)) - 0.25 * (log(x[36]) - 3) * (log(x[37]) - 3)
        + 0.3 * np.sin(2 * log(x[38])) + 0.15 * x[45] * x[46] + 0.25 * np.abs(x[47]) + 0.08 * (x[28] - 2) ** 2
        - 0.4 * (x[5] > x[6]) + 0.3 * (x[29] % 2 == 1) * np.tanh(x[19] / 30 - 1) - 0.2 * log(x[7] + x[8])
        + 0.5 * (x[30] >= 7) * (x[20] < 20) + 0.2 * (log(x[39]) - log(x[40])) + 0.05 * x[33]
        + 0.1 * (x[34] % 6 - 2.5) * np.tanh(x[21] / 40 - 0.7))
    low, high = -15.0, 15.0
    for _ in range(40):
        middle = (low + high) / 2
        too_many = (1 / (1 + np.exp(-(odds[:300_000] + middle)))).mean() > 0.08
        low, high = (low, middle) if too_many else (middle, high)
    outcome = random.random(rows) < 1 / (1 + np.exp(-(odds + low)))
    for j in range(FEATURES):  # missing, and for a few features more often where the outcome is
        x[j, random.random(rows) < (0.05 if j % 7 else np.where(outcome, 0.06, 0.049))] = np.nan
    return x, outcome.astype(np.uint8)


def write(folder, training, test):
    """Raw numbers: `.f32` one feature's after the other's, as `learning-bench` reads them; `.rows.f32` row by row, as peers do."""
    x, outcome = drawn(training + test)
    for part, rows in (("train", slice(0, training)), ("test", slice(training, training + test))):
        with open(os.path.join(folder, part + ".f32"), "wb") as file:
            for column in x:
                column[rows].tofile(file)
        with open(os.path.join(folder, part + ".rows.f32"), "wb") as file:
            for first in range(rows.start, rows.stop, 100_000):
                np.ascontiguousarray(x[:, first:min(first + 100_000, rows.stop)].T).tofile(file)
        outcome[rows].tofile(os.path.join(folder, part + ".u8"))
    with open(os.path.join(folder, "shape"), "w") as file:
        file.write(f"{training} {test} {FEATURES}\n")


def read(folder, part):
    """The rows and their outcomes, without a copy on the way: it would hide what a peer takes."""
    outcome = np.fromfile(os.path.join(folder, part + ".u8"), np.uint8)
    return np.fromfile(os.path.join(folder, part + ".rows.f32"), np.float32).reshape(len(outcome), FEATURES), outcome
