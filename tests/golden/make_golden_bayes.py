#!/usr/bin/env python3
"""Regenerates the naive Bayes files under tests/golden/sklearn with scikit-learn's GaussianNB.

    /usr/bin/python3 tests/golden/make_golden_bayes.py        (Debian 12: apt install python3-sklearn, 1.2.1)

What it writes:
    DATASET.naive-bayes.json    of small data sets: means and variances of each class in standardized space, and each
                                test row's log posteriors (two classes: the log-odds of the second; more: relative to
                                the likeliest) and predict_proba; of all: the class predicted for each test row, as an
                                index
"""

import warnings

import numpy as np
from make_golden import CLASSIFICATION, OUT, numbers, read, rounded, write_json
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

DETAILED = ["breast_cancer", "iris", "pima", "sonar", "wine"]


def decisions(bayes, x):
    joint = bayes._joint_log_likelihood(x)
    if joint.shape[1] == 2:
        return joint[:, 1] - joint[:, 0]
    return joint - joint.max(axis=1, keepdims=True)


def main():
    warnings.simplefilter("error")
    for name in CLASSIFICATION:
        x, y = read(name, "train")
        test_x, test_y = read(name, "test")
        model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), GaussianNB()).fit(x, y)
        bayes = model[-1]
        content = {"predicted": [int(i) for i in np.searchsorted(bayes.classes_, model.predict(test_x))]}
        if name in DETAILED:
            content |= {
                "means": numbers(bayes.theta_),
                "variances": numbers(bayes.var_),
                "decisions": numbers(decisions(bayes, model[:-1].transform(test_x))),
                "probabilities": rounded(model.predict_proba(test_x)),
            }
        write_json(OUT / f"{name}.naive-bayes.json", content)
        print(name, model.score(test_x, test_y))


if __name__ == "__main__":
    main()
