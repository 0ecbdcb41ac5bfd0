#!/usr/bin/env python3
"""Regenerates tests/golden/sklearn/mlp.json: multi-layer perceptrons that scikit-learn learned.

    /usr/bin/python3 tests/golden/make_mlp.py        (Debian 12: apt install python3-sklearn, 1.2.1)

Of each: weights (outputs x inputs) and biases, rounded to float32 before anything is computed with them; for every test
row the values of the last layer before the softmax or sigmoid (regression: the value in the target's unit); for
classes predict_proba.
"""

import warnings

import numpy as np
from make_golden import OUT, REGRESSION, numbers, read, rounded, write_json
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

CASES = [
    ("wine", "relu", (12,)),
    ("iris", "tanh", (6, 5)),
    ("breast_cancer", "relu", (8, 4)),
    ("breast_cancer", "tanh", (7,)),
    ("diabetes", "relu", (12,)),
    ("boston_housing", "tanh", (9, 5)),
]


def learn(name, activation, hidden):
    x, y = read(name, "train")
    test, _ = read(name, "test")
    scaler = StandardScaler().fit(x)
    regression = name in REGRESSION
    mean, deviation = (y.mean(), y.std()) if regression else (0.0, 1.0)
    learner = MLPRegressor if regression else MLPClassifier
    model = learner(hidden, activation=activation, random_state=0, max_iter=150, learning_rate_init=0.01)
    model.fit(scaler.transform(x), (y - mean) / deviation if regression else y)
    model.coefs_ = [each.astype(np.float32).astype(np.float64) for each in model.coefs_]
    model.intercepts_ = [each.astype(np.float32).astype(np.float64) for each in model.intercepts_]
    test = scaler.transform(test)
    content = {"data": name, "activation": activation, "mean": float(mean), "deviation": float(deviation),
               "layers": [{"outputs": int(w.shape[1]), "weights": [float(f"{v:.9g}") for v in w.T.ravel()],
                           "bias": [float(f"{v:.9g}") for v in b]}
                          for w, b in zip(model.coefs_, model.intercepts_)]}
    if not regression:
        content["probabilities"] = rounded(model.predict_proba(test))
        model.out_activation_ = "identity"
    content["outputs"] = numbers(model._forward_pass_fast(test) * deviation + mean)
    return content


def main():
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ConvergenceWarning)  # any weights will do
    write_json(OUT / "mlp.json", [learn(*case) for case in CASES])


if __name__ == "__main__":
    main()
