#!/usr/bin/env python3
"""cost_model.py NUTHATCH DATA COUNT SEED [OUT.csv]: what the cost model says of random models beside what the emulated
cores measure of them.

Draws COUNT models: family, flags, data set, precision, input, monitor and core, all by SEED. `inspect` says what each
costs, RAM to the byte and the most instructions of any row, and `train` what a usual row takes; `evaluate --on` measures all
over test rows. The exit status is 1 where the RAM differs, a row took more instructions than the bound, or what a usual row
takes is further from the mean that was measured, |said - measured| / measured, than 10 % at the median or 25 % at worst.
"""
import csv
import json
import os
import random
import shlex
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

CORES = ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"]
CLASSES = ["iris", "wine", "breast_cancer", "digits", "pima", "sonar", "satellite"]
VALUES = ["boston_housing", "diabetes"]
ROWS = 40
MEDIAN, WORST = 0.10, 0.25
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


def boosting_flags(draw):
    return {"rounds": draw.randint(1, 40), "max-depth": draw.randint(1, 5)}


def written(flags):
    return " ".join(f"--{name} {value}" for name, value in flags.items())


def blend_flags(draw):
    members = {"ridge": lambda draw: {}, "svr": svm_flags, "boosting": boosting_flags, "mlp": mlp_flags}
    chosen = draw.sample(sorted(members), draw.randint(2, 3))
    return {"of": shlex.quote(" + ".join(f"{name} {written(members[name](draw))}" for name in chosen))}


# Family, precisions, data sets, flags.
FAMILIES = [
    ("logistic", LINEAR, CLASSES, lambda draw: {}),
    ("linear-svm", LINEAR, CLASSES, lambda draw: {}),
    ("ridge", LINEAR, VALUES, lambda draw: {}),
    ("naive-bayes", ["int16"], CLASSES, lambda draw: {}),
    ("tree", ["int16"], CLASSES + VALUES, tree_flags),
    ("forest", ["int16"], CLASSES + VALUES, forest_flags),
    ("extra-trees", ["int16"], CLASSES + VALUES, forest_flags),
    ("boosting", ["int16"], ["iris", "wine", "pima"] + VALUES, boosting_flags),
    ("mlp", ["int8"], CLASSES + VALUES, mlp_flags),
    ("svm", ["int8"], ["iris", "wine", "breast_cancer", "pima", "sonar"], svm_flags),
    ("svr", ["int8"], VALUES, svm_flags),
    ("blend", ["int8"], VALUES, blend_flags),
]


def draw_model(draw):
    family, precisions, sets, flags = draw.choice(FAMILIES)
    precision = draw.choice(precisions)
    name = draw.choice(sets)
    # Histograms of 60 features do not fit the Cortex-M0's RAM.
    levels = ["off", "basic"] if name in ("digits", "sonar") else ["off", "basic", "full"]
    return {"family": family, "flags": written(flags(draw)), "data": name,
            "precision": precision, "input": draw.choice(["float32", "int16"]),
            "monitor": draw.choice(levels), "core": draw.choice(CORES)}


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


def train(nuthatch, data, model, out):
    return run(nuthatch, "train", "--data", f"{data}/{model['data']}.train.csv", "--target", "label", "--model",
               model["family"], *shlex.split(model["flags"]), "--precision", model["precision"], "--input", model["input"],
               "--monitor", model["monitor"], "-o", out, "--json")


def measure(nuthatch, data, model):
    with tempfile.TemporaryDirectory() as work:
        path, rows = f"{work}/m.nhm", f"{work}/rows.csv"
        some_rows(f"{data}/{model['data']}.test.csv", rows)
        usual = train(nuthatch, data, model, path)["usual_instructions"][model["core"]]
        said = run(nuthatch, "inspect", path, "--json")["budget"]
        found = run(nuthatch, "evaluate", path, "--data", rows, "--on", model["core"], "--json")
        return model | {"mean": round(found["instructions"]["mean"], 1), "max": found["instructions"]["max"],
                        "usual": usual, "bound": said["most_instructions"][model["core"]], "ram": found["ram_bytes"],
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
    errors = {}
    for said, found in (("usual", "mean"), ("bound", "max")):
        errors[said] = sorted(abs(m[said] - m[found]) / m[found] for m in measured)
        print(f"{len(measured)} models, {said} beside measured {found}: median {statistics.median(errors[said]):.3f}, "
              f"worst {errors[said][-1]:.3f}")
    far = statistics.median(errors["usual"]) > MEDIAN or errors["usual"][-1] > WORST
    sys.exit(1 if wrong or far else 0)


if __name__ == "__main__":
    main()
