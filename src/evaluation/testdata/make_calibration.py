#!/usr/bin/python3
"""Makes calibration.json, the golden data of calibrate_test.cpp, with NumPy alone.

    make_calibration.py [OUT_DIR]

Takes the recordings of scores.csv (make_golden.py), the logit of `untied`, the first 250 of database
a, 120 of b and 30 of c, and fits what `heartbeat calibrate --database-cap 50` does in another way:
slope and intercept by iterated weighted least squares, operating points and quantiles by trying every
value. Made with Debian 12's NumPy 1.24.2.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
CAP = 50
ERROR_LEVEL = 0.1


def main():
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    with open(HERE / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    y = np.array([row["abnormal"] == "1" for row in rows])
    p = np.array([float(row["untied"]) for row in rows])
    z = np.log(p / (1 - p))
    database = np.array(["a"] * 250 + ["b"] * 120 + ["c"] * 30)

    weight = np.zeros(len(y))
    for label in (False, True):
        cells = {d: (y == label) & (database == d) for d in "abc"}
        total = sum(min(cell.sum(), CAP) for cell in cells.values())
        for cell in cells.values():
            weight[cell] = min(cell.sum(), CAP) / cell.sum() / total / 2
    number = {c: weight[y == c].sum() ** 2 / (weight[y == c] ** 2).sum() for c in (False, True)}
    target = np.where(y, (number[True] + 1) / (number[True] + 2), 1 / (number[False] + 2))

    design = np.stack([z, np.ones_like(z)], axis=1)
    fitted = np.zeros(2)
    for _ in range(200):
        f = design @ fitted
        q = 1 / (1 + np.exp(-f))
        curvature = q * (1 - q)
        root = np.sqrt(weight * curvature)[:, None]
        response = f + (target - q) / curvature
        fitted = np.linalg.lstsq(design * root, response * root[:, 0], rcond=None)[0]

    logit = design @ fitted
    between = np.sort(logit)
    between = np.concatenate(
        [[between[0] - 1], (between[1:] + between[:-1]) / 2, [between[-1] + 1]]
    )
    sensitivity = np.array([weight[y & (logit >= t)].sum() * 2 for t in between])
    specificity = np.array([weight[~y & (logit < t)].sum() * 2 for t in between])
    macc = (sensitivity + specificity) / 2
    nearly_best = between[macc >= macc.max() - 0.01]
    balanced = nearly_best[np.argmin(np.abs(nearly_best))]
    screening = min(between[sensitivity >= 0.95 - 1e-12].max(), balanced)
    specific = max(between[specificity >= 0.95 - 1e-12].min(), balanced)

    def sigmoid(value):
        return float(1 / (1 + np.exp(-value)))

    def quantile(label):
        of_class = y == label
        values = sigmoid_all(-logit if label else logit)[of_class]
        needed = (1 - ERROR_LEVEL) * weight[of_class].sum() * (1 + 1 / number[label])
        reached = [v for v in values if weight[of_class][values <= v].sum() >= needed - 1e-12]
        return float(min(reached, default=1.0))

    def sigmoid_all(values):
        return 1 / (1 + np.exp(-values))

    golden = {
        "slope": fitted[0],
        "intercept": fitted[1],
        "screening": sigmoid(screening),
        "balanced": sigmoid(balanced),
        "specific": sigmoid(specific),
        "largest_normal": quantile(False),
        "largest_abnormal": quantile(True),
    }
    (out / "calibration.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
