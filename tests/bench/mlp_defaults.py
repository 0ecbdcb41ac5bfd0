#!/usr/bin/env python3
"""mlp_defaults.py NUTHATCH DATA OUT: the score of `mlp` under a few settings, by five-fold cross-validation within the
training splits alone, so that its defaults owe nothing to the test splits. Writes the CSV OUT: a line a setting, the
learned (float) and the int8 score averaged over the data sets and folds, the defaults' marked. Python's standard library.
"""
import csv
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SETS = ["boston_housing", "breast_cancer", "diabetes", "digits", "iris", "pima", "satellite", "sonar", "wine"]
FOLDS = 5
DEFAULTS = ("2", "0.01", "32")
SETTINGS = list(itertools.product(["0.1", "0.5", "1", "2", "4"], ["0.003", "0.01"], ["32"])) + [
    ("2", "0.01", "16"), ("2", "0.01", "64"), ("2", "0.01", "32,16")]


def write_folds(data, name, folder):
    with open(f"{data}/{name}.train.csv", newline="") as file:
        header, *rows = list(csv.reader(file))
    random.Random(0).shuffle(rows)
    for fold in range(FOLDS):
        for part, chosen in (("train", [r for i, r in enumerate(rows) if i % FOLDS != fold]),
                             ("test", rows[fold::FOLDS])):
            with open(f"{folder}/{name}.{fold}.{part}.csv", "w", newline="") as file:
                csv.writer(file).writerows([header, *chosen])


def scores_of(nuthatch, folder, name, fold, setting):
    alpha, rate, hidden = setting
    command = [nuthatch, "train", "--data", f"{folder}/{name}.{fold}.train.csv", "--test",
               f"{folder}/{name}.{fold}.test.csv", "--target", "label", "--model", "mlp", "--alpha", alpha,
               "--learning-rate", rate, "--hidden", hidden, "-o", "/dev/null", "--json"]
    scores = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["scores"]
    return scores["float32"]["test"]["score"], scores["int8"]["test"]["score"]


def main():
    nuthatch, data, out = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool, open(out, "w") as table:
        for name in SETS:
            write_folds(data, name, folder)
        print("alpha,learning_rate,hidden,learned,int8,default", file=table)
        for setting in SETTINGS:
            runs = list(pool.map(lambda run: scores_of(nuthatch, folder, *run, setting),
                                 itertools.product(SETS, range(FOLDS))))
            means = [sum(scores) / len(runs) for scores in zip(*runs)]
            alpha, rate, hidden = setting
            line = f'{alpha},{rate},"{hidden}",{means[0]:.4f},{means[1]:.4f},{"yes" if setting == DEFAULTS else ""}'
            print(line, file=table, flush=True)
            print(line, flush=True)


if __name__ == "__main__":
    main()
