#!/usr/bin/env python3
"""training.py NUTHATCH DATA OUT [FAMILY...]: how long each family takes to learn satellite and digits, beside
scikit-learn's, on one core, one after the other in one run; and the accuracy of both. Writes the CSV OUT.

Times are of learning alone (`seconds` of `train --json`; `fit` of scikit-learn on the standardized matrix), the least of
three runs each, so that a busy machine spoils neither. A ratio, not a second, is the figure. Needs python3-sklearn and
python3-threadpoolctl (Debian).
"""
import csv
import json
import os
import subprocess
import sys
import time
import warnings

import numpy
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

RUNS = 3
# Family, its flags, and scikit-learn's estimator of the same shape.
FAMILIES = {
    "logistic": ("", lambda: LogisticRegression(max_iter=1000)),
    "linear-svm": ("", lambda: LinearSVC(max_iter=10000)),
    "svm": ("", lambda: SVC()),
    "naive-bayes": ("", lambda: GaussianNB()),
    "tree": ("", lambda: DecisionTreeClassifier(random_state=0)),
    "forest": ("", lambda: RandomForestClassifier(random_state=0)),
    "extra-trees": ("", lambda: ExtraTreesClassifier(random_state=0)),
    "boosting": ("", lambda: GradientBoostingClassifier(random_state=0)),
    "mlp": ("--hidden 32", lambda: MLPClassifier((32,), max_iter=500, random_state=0)),
}


def load(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    return numpy.array([row[:-1] for row in rows], dtype=float), numpy.array([row[-1] for row in rows])


def ours(nuthatch, data, name, family, flags):
    command = [nuthatch, "train", "--data", f"{data}/{name}.train.csv", "--test", f"{data}/{name}.test.csv", "--target",
               "label", "--model", family, "-o", "/dev/null", "--json", *flags.split()]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(RUNS)]
    return min(run["seconds"] for run in runs), runs[0]["score"]


def theirs(data, name, estimator):
    features, labels = load(f"{data}/{name}.train.csv")
    test_features, test_labels = load(f"{data}/{name}.test.csv")
    scaler = StandardScaler().fit(features)
    features, test_features = scaler.transform(features), scaler.transform(test_features)
    seconds = []
    for _ in range(RUNS):
        model = estimator()
        start = time.perf_counter()
        model.fit(features, labels)
        seconds.append(time.perf_counter() - start)
    return min(seconds), model.score(test_features, test_labels)


def main():
    nuthatch, data, out, *wanted = sys.argv[1:]
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core for both; children inherit it
    warnings.filterwarnings("ignore")
    with open(out, "w") as table:
        print("family,data,nuthatch_s,sklearn_s,ratio,nuthatch_score,sklearn_score", file=table)
        for family in wanted or FAMILIES:
            flags, estimator = FAMILIES[family]
            for name in ("digits", "satellite"):
                seconds, score = ours(nuthatch, data, name, family, flags)
                their_seconds, their_score = theirs(data, name, estimator)
                line = (f"{family},{name},{seconds:.3g},{their_seconds:.3g},{seconds / their_seconds:.2f},"
                        f"{score:.4f},{their_score:.4f}")
                print(line, file=table, flush=True)
                print(line, flush=True)


if __name__ == "__main__":
    main()
