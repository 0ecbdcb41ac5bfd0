#!/usr/bin/env python3
"""fit_costs.py NUTHATCH DATA TABLE [FAMILY...]: what each step of a prediction costs on each core, for
trainer/report/cost_table.cpp.

Trains models of every kind and of many shapes, runs them on the emulated cores with rows that are ordinary, missing where
training saw it, and far outside of the training range, and fits, a core at a time, the least costs of the steps (`inspect
--json`, budget.steps) so that no prediction that was measured took more instructions than their sum: a linear program.
A margin is on top. What TABLE says already stays unless a measurement asks for more, so that families can be measured
one at a time; without the file all is fitted anew. Needs python3-scipy (Debian) and the firmware of ./run build.
"""
import csv
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy
from scipy.optimize import linprog

CORES = ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"]
MARGIN = 1.07
ROWS = 24
# Of the margin, what rounding in the table may have taken.
ENOUGH = 0.999 * MARGIN
CLASSES = ["iris", "wine", "breast_cancer", "digits"]
VALUES = ["boston_housing", "diabetes"]
# Family, flags, precisions, data sets.
SHAPES = [
    ("logistic", "", "int8 int16 float32", CLASSES + ["satellite", "pima"]),
    ("ridge", "", "int8 int16 float32", VALUES),
    ("naive-bayes", "", "int16", CLASSES + ["satellite", "sonar"]),
    ("tree", "", "int16", CLASSES + VALUES),
    ("forest", "--trees 1 --max-depth 1", "int16", ["iris", "pima"]),
    ("forest", "--trees 40 --max-depth 1", "int16", ["iris", "digits", "diabetes"]),
    ("forest", "--trees 10", "int16", CLASSES + VALUES + ["satellite"]),
    ("forest", "--trees 10 --voting hard", "int16", CLASSES),
    ("boosting", "--rounds 1 --max-depth 1", "int16", ["iris", "pima", "diabetes"]),
    ("boosting", "--rounds 50 --max-depth 1", "int16", ["iris", "pima", "diabetes"]),
    ("boosting", "--rounds 30", "int16", CLASSES + VALUES),
    # Full trees: every row walks the longest path of all of them, as the bound supposes.
    ("tree", "--max-depth 12", "int16", ["ramp", "noise"]),
    ("forest", "--trees 10 --max-depth 8", "int16", ["ramp", "noise"]),
    ("forest", "--trees 10 --max-depth 8 --voting hard", "int16", ["noise"]),
    ("forest", "--trees 50 --max-depth 7", "int16", ["ramp", "noise"]),
    ("boosting", "--rounds 100 --max-depth 6", "int16", ["ramp", "noise"]),
    ("boosting", "--rounds 100 --max-depth 2", "int16", ["ramp", "noise"]),
    # Slots of two words: more than a thousand of them, or more than 256 features.
    ("forest", "--trees 3", "int16", ["ramp", "noise"]),
    ("forest", "--trees 3 --max-depth 11", "int16", ["ramp", "noise"]),
    ("forest", "--trees 40 --max-depth 1", "int16", ["broad_ramp", "broad_noise"]),
    ("forest", "--trees 10 --max-depth 5", "int16", ["broad_ramp", "broad_noise"]),
    ("forest", "--trees 10 --voting hard", "int16", ["broad_noise"]),
    ("boosting", "--rounds 100 --max-depth 4", "int16", ["broad_ramp", "broad_noise"]),
    ("mlp", "--epochs 2 --hidden 1", "int8", ["iris", "diabetes"]),
    ("mlp", "--epochs 2 --hidden 40", "int8", CLASSES + VALUES),
    ("mlp", "--epochs 2 --hidden 17,6", "int8", CLASSES + VALUES),
    ("mlp", "--epochs 2 --hidden 3 --activation tanh", "int8", CLASSES + VALUES),
    ("mlp", "--epochs 2 --hidden 31,9 --activation tanh", "int8", CLASSES),
    ("svm", "", "int8", CLASSES),
    ("svm", "--max-support-vectors 5", "int8", ["iris", "breast_cancer"]),
    ("svm", "--kernel polynomial", "int8", CLASSES),
    ("svm", "--kernel polynomial --degree 6", "int8", ["wine", "breast_cancer"]),
    ("svm", "--kernel sigmoid", "int8", CLASSES),
    ("svm", "--kernel linear", "int8", CLASSES),
    ("svr", "", "int8", VALUES),
    ("svr", "--kernel sigmoid", "int8", VALUES),
    # FAMILY blend measures these alone, and leaves what is known as it is.
    ("blend", '--of "ridge + linear-svr"', "int8", VALUES),
    ("blend", '--of "ridge + linear-regression + lasso + huber"', "int8", VALUES),
    ("blend", '--of "tree --max-depth 1 + tree --max-depth 1"', "int8", VALUES),
    ("blend", '--of "tree --max-depth 1 + tree + boosting --rounds 9 + forest --trees 3"', "int8", VALUES),
    ("blend", '--of "mlp --epochs 2 --hidden 1 + mlp --epochs 2 --hidden 1"', "int8", VALUES),
    ("blend", '--of "mlp --epochs 2 --hidden 1 + mlp --epochs 2 + mlp --epochs 2 --hidden 3,3 + ridge"', "int8", VALUES),
    ("blend", '--of "svr --max-support-vectors 2 + svr --max-support-vectors 2"', "int8", VALUES),
    ("blend", '--of "svr + svr --kernel linear + ridge + tree"', "int8", VALUES),
    # Columns that are made of features; FAMILY prepared measures these alone, and leaves what is known as it is.
    ("logistic", "--prepare {made}/plain.json", "int8 int16 float32", ["workshop"]),
    ("logistic", "--prepare {made}/missing.json", "int8 int16 float32", ["workshop"]),
    ("logistic", "--prepare {made}/tables.json", "int8 int16 float32", ["workshop"]),
    ("logistic", "--prepare {made}/octaves.json", "int8 int16", ["workshop"]),
    # Many columns of one sort.
    ("logistic", "--prepare {made}/clipped.json", "int8", ["breast_cancer", "iris"]),
    ("logistic", "--prepare {made}/curved.json", "int8", ["breast_cancer", "iris"]),
    ("logistic", "--prepare {made}/logs.json", "int8", ["breast_cancer", "iris"]),
    ("logistic", "--prepare {made}/categories.json", "int8", ["workshop"]),
    ("tree", "--max-depth 1 --prepare {made}/plain.json", "int16", ["workshop"]),
    ("naive-bayes", "--prepare {made}/tables.json", "int16", ["workshop"]),
    ("svm", "--prepare {made}/tables.json", "int8", ["workshop"]),
    ("mlp", "--epochs 2 --hidden 1 --prepare {made}/missing.json", "int8", ["workshop"]),
    # Components, and rows that may be refused; FAMILY projected measures these alone, likewise.
    ("logistic", "--pca 1", "int8", ["iris", "breast_cancer"]),
    ("logistic", "--pca 10", "int8", ["wine", "digits"]),
    ("tree", "--max-depth 1 --pca 4", "int16", ["iris", "breast_cancer"]),
    ("logistic", "--pca 2 --prepare {made}/refusing.json", "int8", ["workshop"]),
    ("tree", "--max-depth 1 --pca 1 --prepare {made}/refusing.json", "int16", ["workshop"]),
    ("svm", "--max-support-vectors 2 --pca 1 --prepare {made}/refusing.json", "int8", ["workshop"]),
]

# Families that stand for what lies around a kind: the flag that it takes.
BEFORE = {"prepared": "--prepare", "projected": "--pca", "blend": "--of"}

# What --prepare says of `workshop`.
PREPARED = {
    "plain": {},
    "refusing": {"all": {"unknown": "refuse"}, "columns": {name: {"encode": "ordinal"} for name in ("hours", "serviced")}},
    "missing": {"all": {"indicator": True}},
    "tables": {"columns": {name: {"transform": "yeo-johnson", "clip": [0.01, 0.99]}
                           for name in ("load", "temperature", "serviced")} | {"cooling": {"encode": "ordinal"}}},
    "clipped": {"all": {"clip": [0.01, 0.99]}},
    "curved": {"all": {"transform": "yeo-johnson"}},
    "logs": {"all": {"transform": "log1p"}},
    "categories": {"columns": {"hours": {"encode": "one-hot"}, "serviced": {"encode": "one-hot"}}},
    "octaves": {"columns": {"hours": {"transform": "log1p"}, "load": {"transform": "log1p"}}},
}


# Data that is made here: rows, columns, and whether the target is noise of three classes or what grows with a column.
MADE = {"ramp": (3000, 2, False), "noise": (3000, 2, True), "broad_ramp": (600, 300, False), "broad_noise": (600, 300, True)}


def make_data(folder):
    """Trees split such data until they may not any more, so that they are full."""
    for name, choices in PREPARED.items():
        with open(f"{folder}/{name}.json", "w") as file:
            json.dump(choices, file)
    for name, (rows, columns, classes) in MADE.items():
        random = numpy.random.default_rng(1)
        features = random.standard_normal((rows, columns))
        for part in ("train", "test"):
            with open(f"{folder}/{name}.{part}.csv", "w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow([f"x{i}" for i in range(columns)] + ["label"])
                labels = random.choice(list("abc"), rows) if classes else features[:, 0] + features[:, 1] / 100
                writer.writerows([f"{v:.6g}" for v in row] + [label] for row, label in zip(features, labels))


def worst_rows(path, out, rows_wanted):
    """Test rows, each column's extremes in turn, rows that are far out everywhere, and random magnitudes."""
    with open(path, newline="") as file:
        header, *rows = list(csv.reader(file))
    label = rows[0][-1]
    width = len(header) - 1
    random = numpy.random.default_rng(1)
    extra = [[value] * width for value in ("1e30", "-1e30", "0", "1e-40", "-20000", "20000")]
    extra += [[f"{v:.9g}" for v in random.standard_normal(width) * 10.0 ** random.uniform(-6, 6, width)] for _ in range(12)]
    with open(out, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows[:: max(1, len(rows) // rows_wanted)])
        writer.writerows(row + [label] for row in extra)


def run(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(nuthatch, folders, family, flags, name, precision, given):
    """(steps, most instructions by core) of a model."""
    data = folders[name in MADE]
    with tempfile.TemporaryDirectory() as work:
        model, rows = f"{work}/m.nhm", f"{work}/rows.csv"
        # The rows that made a tree reach each of its leaves.
        worst_rows(f"{data}/{name}.test.csv", rows, MADE[name][0] if name in MADE else ROWS)
        run(nuthatch, "train", "--data", f"{data}/{name}.train.csv", "--target", "label", "--model", family, "--precision",
            precision, "--input", given, "-o", model, "--json", *shlex.split(flags.format(made=folders[1])))
        most = {core: run(nuthatch, "evaluate", model, "--data", rows, "--on", core, "--json")["instructions"]["max"]
                for core in CORES}
        print(f"{family} {flags} {name} {precision} {given}: {most}", file=sys.stderr)
        return run(nuthatch, "inspect", model, "--json")["budget"]["steps"], most


def read_table(path):
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        return {(core, step): float(cost) for core, step, cost in re.findall(r'\{"(.*)", "(.*)", ([0-9.]+)\}', file.read())}


def fit(models, core, steps, known, keep):
    """Costs of the steps, at least what is known of them; `keep`: exactly that."""
    counts = numpy.array([[model.get(step, 0) for step in steps] for model, _ in models], dtype=float)
    most = numpy.array([measured[core] for _, measured in models], dtype=float)
    # Relative slack counts, or large models would decide alone; every constraint is scaled alike.
    scaled = counts / most[:, None]
    bounds = [(known.get((core, step), 0), known.get((core, step)) if keep else None) for step in steps]
    enough = numpy.full(len(models), ENOUGH)
    solved = linprog(scaled.sum(axis=0), A_ub=-scaled, b_ub=-enough, bounds=bounds, method="highs")
    slack = scaled @ solved.x
    print(f"{core}: bound / measured: least {slack.min():.3f}, mean {slack.mean():.3f}, most {slack.max():.3f}", file=sys.stderr)
    for step, cost, (before, _) in zip(steps, solved.x, bounds):
        if cost > before + 0.005:
            print(f"{core}: {step}: {before:.2f} -> {cost:.2f}", file=sys.stderr)
    return solved.x


def main():
    nuthatch, data, out, *families = sys.argv[1:]
    plans = [(family, flags, name, precision, given) for family, flags, precisions, sets in SHAPES
             for name, precision, given in itertools.product(sets, precisions.split(), ("float32", "int16"))
             if not families or family in families or any(BEFORE.get(name, "-") in flags.split() for name in families)]
    with ThreadPoolExecutor(os.cpu_count()) as pool, tempfile.TemporaryDirectory() as made:
        make_data(made)
        models = list(pool.map(lambda plan: measure(nuthatch, [data, made], *plan), plans))
    costs = read_table(out)
    keep = len(families) > 0 and all(name in BEFORE for name in families)
    steps = list(dict.fromkeys(step for model, _ in models for step in model))
    for core in CORES:
        costs.update({(core, step): cost for step, cost in zip(steps, fit(models, core, steps, costs, keep))})
    with open(out + ".new", "w") as file:
        file.write("// Written by tests/bench/fit_costs.py from what the emulated cores measured; not by hand.\n"
                   '#include "report/cost.hpp"\n\nnamespace nuthatch::report {\n'
                   "namespace {\n\nconstexpr StepCost kAll[] = {\n")
        for (core, step), cost in sorted(costs.items(), key=lambda item: CORES.index(item[0][0])):
            file.write(f'    {{"{core}", "{step}", {cost:.2f}}},\n')
        file.write("};\n\n}  // namespace\n\nstd::span<const StepCost> step_costs() { return kAll; }\n\n"
                   "}  // namespace nuthatch::report\n")
    os.replace(out + ".new", out)


if __name__ == "__main__":
    main()
