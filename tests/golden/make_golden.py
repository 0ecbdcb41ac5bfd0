#!/usr/bin/env python3
"""Regenerates every file under tests/golden/sklearn with scikit-learn, an implementation that is not ours.

    /usr/bin/python3 tests/golden/make_golden.py        (Debian 12: apt install python3-sklearn, 1.2.1)

What it writes:
    scores.csv                  test score of each family on each data set of tests/data
    DATASET.FAMILY.json         of small data sets: medians, means, deviations, coefficients and intercepts in
                                standardized space, and the decision value (classifier) or prediction (regression) of
                                every test row
    metrics.json                accuracy and r2 of made-up answers

The values of a CSV are rounded to float32 first, as a device receives them, so that what differs is the arithmetic and
not the input. Solvers run to far tighter tolerances than the trainer's, so that what differs is the trainer's error.
"""

import csv
import json
import pathlib
import warnings

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data"
OUT = HERE / "sklearn"

REGRESSION = ["boston_housing", "diabetes"]
CLASSIFICATION = ["breast_cancer", "digits", "iris", "pima", "satellite", "sonar", "wine"]
DETAILED = ["boston_housing", "breast_cancer", "diabetes", "iris", "pima", "wine"]
MISSING = {"", "NA", "?"}


def families(name):
    if name in REGRESSION:
        return {"linear-regression": LinearRegression(), "ridge": Ridge(alpha=1.0, solver="cholesky")}
    # newton-cg, because lbfgs stops on a relative change of the loss long before `tol` counts.
    return {
        "logistic": LogisticRegression(C=1.0, max_iter=5000, tol=1e-7, solver="newton-cg"),
        "linear-svm": LinearSVC(C=1.0, max_iter=200000, tol=1e-10, dual=False),
    }


def read(name, part):
    with open(DATA / f"{name}.{part}.csv", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    features = [[float("nan") if cell in MISSING else float(cell) for cell in row[:-1]] for row in rows]
    labels = [row[-1] for row in rows]
    x = np.array(features, dtype=np.float32).astype(np.float64)
    if name in REGRESSION:
        return x, np.array(labels, dtype=np.float64)
    numbers = all(label.lstrip("-").isdigit() for label in labels)
    return x, np.array([int(label) for label in labels] if numbers else labels)


def numbers(values):
    return [float(f"{value:.17g}") for value in np.ravel(values)]


def rounded(probabilities):
    """To what the device's 16 bits can be compared with."""
    return [float(f"{value:.7g}") for value in np.ravel(probabilities)]


def detail(model, x):
    imputer, scaler, learned = (step for _, step in model.steps)
    decide = model.decision_function if hasattr(learned, "decision_function") else model.predict
    return {
        "median": numbers(imputer.statistics_),
        "mean": numbers(scaler.mean_),
        "deviation": numbers(scaler.scale_),
        "outputs": int(np.atleast_2d(learned.coef_).shape[0]),
        "weights": numbers(learned.coef_),
        "bias": numbers(learned.intercept_),
        "decisions": numbers(decide(x)),
    }


def make_metrics():
    random = np.random.default_rng(1)
    truth, predicted = random.integers(0, 4, 50), random.integers(0, 4, 50)
    values = np.round(random.normal(10, 3, 40), 6)
    guesses = np.round(values + random.normal(0, 2, 40), 6)
    metrics = {
        "classes": {"truth": truth.tolist(), "predicted": predicted.tolist(),
                    "accuracy": accuracy_score(truth, predicted)},
        "values": {"truth": values.tolist(), "predicted": guesses.tolist(), "r2": r2_score(values, guesses)},
        "worse_than_mean": {"truth": [1, 2, 3], "predicted": [3, 2, 1], "r2": r2_score([1, 2, 3], [3, 2, 1])},
        "constant_right": {"truth": [5, 5], "predicted": [5, 5], "r2": r2_score([5, 5], [5, 5])},
        "constant_wrong": {"truth": [5, 5], "predicted": [5, 6], "r2": r2_score([5, 5], [5, 6])},
    }
    write_json(OUT / "metrics.json", metrics)


def write_json(path, content):
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def main():
    warnings.simplefilter("error")  # a solver that does not converge is no reference
    OUT.mkdir(exist_ok=True)
    make_metrics()
    lines = ["dataset,family,score"]
    for name in sorted(REGRESSION + CLASSIFICATION):
        x, y = read(name, "train")
        test_x, test_y = read(name, "test")
        for family, learner in families(name).items():
            model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), learner).fit(x, y)
            lines.append(f"{name},{family},{model.score(test_x, test_y):.15g}")
            if name in DETAILED:
                write_json(OUT / f"{name}.{family}.json", detail(model, test_x))
            print(lines[-1])
    (OUT / "scores.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
