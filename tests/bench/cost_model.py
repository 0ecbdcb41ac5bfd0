#!/usr/bin/env python3
"""cost_model.py NUTHATCH DATA COUNT SEED [OUT.csv]: what the cost model says of random models beside what the emulated
cores measure of them.

Draws COUNT models: family, flags, data set, precision, input, monitor and core, all by SEED. `inspect` says what each
costs: RAM to the byte and the most instructions of any row; `evaluate --on` measures both over test rows. The exit
status is 1 where the RAM differs or a row took more instructions than the bound. What is printed last is how far the bound
is above what was measured, |bound - measured| / measured, of the worst row and of the mean of all rows.
"""
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

CORES = ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"]
CLASSES = ["iris", "wine", "breast_cancer", "digits", "pima", "sonar", "satellite"]
VALUES = ["boston_housing", "diabetes"]
ROWS = 40
LINEAR = ["int8", "int16", "float32"]


def tree_flags(draw):
    return {"max-depth": draw.randint(2, 10), "min-samples-leaf": draw.randint(1, 10)}


def forest_flags(draw):
    return tree_flags(draw) | {"trees": draw.randint(1, 30), "voting": draw.choice(["soft", "hard"])}


def svm_flags(draw):
    return {"kernel": draw.choice(["rbf", "rbf", "polynomial", "sigmoid", "linear"]), "degree": draw.randint(2, 4),
            "max-support-vectors": draw.randint(5, 80)}


def mlp_flags(draw):
    hidden = [str(draw.randint(1, 40)) for _ in range(draw.randint(1, 2))]
    return {"hidden": ",".join(hidden), "activation": draw.choice(["relu", "tanh"]), "epochs": 2}


# Family, precisions, data sets, flags.
FAMILIES = [
    ("logistic", LINEAR, CLASSES, lambda draw: {}),
    ("linear-svm", LINEAR, CLASSES, lambda draw: {}),
    ("ridge", LINEAR, VALUES, lambda draw: {}),
    ("naive-bayes", ["int16"], CLASSES, lambda draw: {}),
    ("tree", ["int16"], CLASSES + VALUES, tree_flags),
    ("forest", ["int16"], CLASSES + VALUES, forest_flags),
    ("extra-trees", ["int16"], CLASSES + VALUES, forest_flags),
    ("boosting", ["int16"], ["iris", "wine", "pima"] + VALUES,
     lambda draw: {"rounds": draw.randint(1, 40), "max-depth": draw.randint(1, 5)}),
    ("mlp", ["int8"], CLASSES + VALUES, mlp_flags),
    ("svm", ["int8"], ["iris", "wine", "breast_cancer", "pima", "sonar"], svm_flags),
    ("svr", ["int8"], VALUES, svm_flags),
]


def draw_model(draw):
    family, precisions, sets, flags = draw.choice(FAMILIES)
    precision = draw.choice(precisions)
    return {"family": family, "flags": " ".join(f"--{k} {v}" for k, v in flags(draw).items()), "data": draw.choice(sets),
            "precision": precision, "input": draw.choice(["float32", "int16"]),
            "monitor": draw.choice(["off", "basic", "full"]), "core": draw.choice(CORES)}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return json.loads(done.stdout)


def some_rows(path, out):
    with open(path, newline="") as file:
        header, *rows = list(csv.reader(file))
    with open(out, "w", newline="") as file:
        csv.writer(file).writerows([header] + rows[:: max(1, len(rows) // ROWS)])


def measure(nuthatch, data, model):
    with tempfile.TemporaryDirectory() as work:
        path, rows = f"{work}/m.nhm", f"{work}/rows.csv"
        some_rows(f"{data}/{model['data']}.test.csv", rows)
        run(nuthatch, "train", "--data", f"{data}/{model['data']}.train.csv", "--target", "label", "--model",
            model["family"], *model["flags"].split(), "--precision", model["precision"], "--input", model["input"],
            "--monitor", model["monitor"], "-o", path, "--json")
        said = run(nuthatch, "inspect", path, "--json")["budget"]
        found = run(nuthatch, "evaluate", path, "--data", rows, "--on", model["core"], "--json")
        return model | {"mean": round(found["instructions"]["mean"], 1), "max": found["instructions"]["max"],
                        "bound": said["most_instructions"][model["core"]], "ram": found["ram_bytes"],
                        "ram_said": said["ram_bytes"]}


def main():
    nuthatch, data, count, seed, *out = sys.argv[1:]
    draw = random.Random(int(seed))
    models = [draw_model(draw) for _ in range(int(count))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        measured = list(pool.map(lambda model: measure(nuthatch, data, model), models))
    if out:
        with open(out[0], "w", newline="") as file:
            writer = csv.DictWriter(file, measured[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(measured)
    wrong = [m for m in measured if m["ram"] != m["ram_said"] or m["max"] > m["bound"]]
    for model in wrong:
        print(f"not as said: {model}")
    for what in ("max", "mean"):
        errors = [abs(m["bound"] - m[what]) / m[what] for m in measured]
        print(f"{len(errors)} models, bound beside measured {what}: median {statistics.median(errors):.3f}, "
              f"worst {max(errors):.3f}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
