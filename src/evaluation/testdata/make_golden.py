#!/usr/bin/env python3
"""Makes the golden data of ranking_test.cpp and risk_coverage_test.cpp with implementations that are
not ours.

    make_golden.py [OUT_DIR]

Needs NumPy and scikit-learn (made with Debian 12's 1.24.2 and 1.2.1). scores.csv has made-up
recordings: `tied` are probabilities in steps of 0.02, so that many are the same; `untied` are all
different. golden.json has what scikit-learn's metrics, and for what it lacks a few lines of NumPy,
make of them.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from sklearn import metrics

RECORDINGS = 400
PREVALENCE = 0.5


def calibration_error(probability, abnormal, weight):
    """Ten bins of equal mass; only for probabilities that are all different."""
    order = np.argsort(probability)
    p, y, w = probability[order], abnormal[order], weight[order]
    w = w / w.sum()
    middle = np.cumsum(w) - w / 2
    bins = np.minimum((middle * 10).astype(int), 9)
    return sum(abs(np.sum(w[bins == b] * (p[bins == b] - y[bins == b]))) for b in range(10))


def risk_coverage_area(probability, abnormal):
    order = np.argsort(-np.abs(probability - 0.5))
    wrong = (probability >= 0.5) != abnormal
    return float(np.mean(np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)))


def measures(probability, abnormal, weight):
    return {
        "auroc": metrics.roc_auc_score(abnormal, probability, sample_weight=weight),
        "average_precision": metrics.average_precision_score(
            abnormal, probability, sample_weight=weight
        ),
        "brier": metrics.brier_score_loss(abnormal, probability, sample_weight=weight),
    }


def main():
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    random = np.random.default_rng(2016)
    abnormal = random.random(RECORDINGS) < 0.3
    logit = np.where(abnormal, 0.8, -1.2) + 1.5 * random.standard_normal(RECORDINGS)
    untied = np.round(1 / (1 + np.exp(-logit)), 9)
    assert len(set(untied)) == RECORDINGS
    tied = np.round(untied * 50) / 50
    ones = np.ones(RECORDINGS)
    weighted = np.where(
        abnormal, PREVALENCE / abnormal.sum(), (1 - PREVALENCE) / (~abnormal).sum()
    )
    called = tied >= 0.5
    golden = {
        "tied": measures(tied, abnormal, ones),
        "tied_at_prevalence": measures(tied, abnormal, weighted),
        "untied": measures(untied, abnormal, ones)
        | {
            "calibration_error": calibration_error(untied, abnormal, ones),
            "risk_coverage_area": risk_coverage_area(untied, abnormal),
        },
        "untied_at_prevalence": {"calibration_error": calibration_error(untied, abnormal, weighted)},
        "tied_called_at_half": {
            "sensitivity": metrics.recall_score(abnormal, called),
            "specificity": metrics.recall_score(~abnormal, ~called),
            "macc": metrics.balanced_accuracy_score(abnormal, called),
            "accuracy": metrics.accuracy_score(abnormal, called),
            "precision": metrics.precision_score(abnormal, called),
            "f1": metrics.f1_score(abnormal, called),
            "precision_at_prevalence": metrics.precision_score(
                abnormal, called, sample_weight=weighted
            ),
            "f1_at_prevalence": metrics.f1_score(abnormal, called, sample_weight=weighted),
            "accuracy_at_prevalence": metrics.accuracy_score(
                abnormal, called, sample_weight=weighted
            ),
        },
    }
    with open(out / "scores.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["abnormal", "tied", "untied"])
        for row in zip(abnormal.astype(int), tied, untied):
            table.writerow([row[0], f"{row[1]:.2f}", f"{row[2]:.9f}"])
    (out / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
