#!/usr/bin/env python3
"""fit_costs.py NUTHATCH DATA OUT: what each step of a prediction costs on each core, for trainer/report/cost_table.cpp.

Trains models of every kind and of many shapes, runs them on the emulated cores with rows that are ordinary, missing where
training saw it, and far outside of the training range, and fits, a core at a time, the least costs of the steps (`inspect
--json`, budget.steps) so that no prediction that was measured took more instructions than their sum: a linear program.
A margin is added on top. Needs python3-scipy (Debian) and the firmware of ./run build.
"""
import csv
import itertools
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy
from scipy.optimize import linprog

CORES = ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"]
MARGIN = 1.07
ROWS = 24
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
]


def worst_rows(path, out):
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
        writer.writerows(rows[:: max(1, len(rows) // ROWS)])
        writer.writerows(row + [label] for row in extra)


def run(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(nuthatch, data, family, flags, name, precision, given):
    """(steps, most instructions by core) of a model."""
    with tempfile.TemporaryDirectory() as work:
        model, rows = f"{work}/m.nhm", f"{work}/rows.csv"
        worst_rows(f"{data}/{name}.test.csv", rows)
        run(nuthatch, "train", "--data", f"{data}/{name}.train.csv", "--target", "label", "--model", family, "--precision",
            precision, "--input", given, "-o", model, "--json", *flags.split())
        most = {core: run(nuthatch, "evaluate", model, "--data", rows, "--on", core, "--json")["instructions"]["max"]
                for core in CORES}
        print(f"{family} {flags} {name} {precision} {given}: {most}", file=sys.stderr)
        return run(nuthatch, "inspect", model, "--json")["budget"]["steps"], most


def fit(models, core, steps):
    counts = numpy.array([[model.get(step, 0) for step in steps] for model, _ in models], dtype=float)
    most = numpy.array([measured[core] for _, measured in models], dtype=float)
    # Relative slack counts, or large models would decide alone; every constraint is scaled alike.
    scaled = counts / most[:, None]
    solved = linprog(scaled.sum(axis=0), A_ub=-scaled, b_ub=-numpy.ones(len(models)), bounds=(0, None), method="highs")
    slack = scaled @ solved.x
    print(f"{core}: bound / measured: mean {slack.mean():.3f}, most {slack.max():.3f}", file=sys.stderr)
    return solved.x * MARGIN


def main():
    nuthatch, data, out = sys.argv[1:]
    plans = [(family, flags, name, precision, given) for family, flags, precisions, sets in SHAPES
             for name, precision, given in itertools.product(sets, precisions.split(), ("float32", "int16"))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        models = list(pool.map(lambda plan: measure(nuthatch, data, *plan), plans))
    steps = list(dict.fromkeys(step for model, _ in models for step in model))
    costs = [(core, step, cost) for core in CORES for step, cost in zip(steps, fit(models, core, steps))]
    with open(out + ".new", "w") as file:
        file.write("// Written by tests/bench/fit_costs.py from what the emulated cores measured; not by hand.\n"
                   '#include "report/cost.hpp"\n\nnamespace nuthatch::report {\n\n'
                   "const std::vector<StepCost>& step_costs() {\n  static const std::vector<StepCost> all = {\n")
        for core, step, cost in costs:
            file.write(f'      {{"{core}", "{step}", {cost:.2f}}},\n')
        file.write("  };\n  return all;\n}\n\n}  // namespace nuthatch::report\n")
    os.replace(out + ".new", out)


if __name__ == "__main__":
    main()
