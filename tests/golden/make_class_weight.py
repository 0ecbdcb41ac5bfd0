#!/usr/bin/env python3
"""Regenerates tests/golden/sklearn/class_weight.json with scikit-learn.

    /usr/bin/python3 tests/golden/make_class_weight.py        (Debian 12: apt install python3-sklearn, 1.2.1)

Scores of test rows of classifiers whose classes are weighted, "balanced" and by name: decision_function of logistic
regression, LinearSVC and SVC, log-odds of GaussianNB with sample weights, and the shares of class 1 less those of class
0 of a decision tree of depth 3.
"""

import warnings

import numpy as np
from make_golden import OUT, read, write_json
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_sample_weight


def scores(family, weight, x, y, test):
    if family == "logistic":
        return LogisticRegression(class_weight=weight, max_iter=5000, tol=1e-7, solver="newton-cg").fit(x, y).decision_function(test)
    if family == "linear-svm":
        return LinearSVC(class_weight=weight, max_iter=200000, tol=1e-10, dual=False).fit(x, y).decision_function(test)
    if family == "svm":
        return SVC(class_weight=weight, tol=1e-6).fit(x, y).decision_function(test)
    if family == "naive-bayes":
        joint = GaussianNB().fit(x, y, compute_sample_weight(weight, y))._joint_log_likelihood(test)
        return joint[:, 1] - joint[:, 0]
    shares = DecisionTreeClassifier(max_depth=3, class_weight=weight, random_state=0).fit(x, y).predict_proba(test)
    return shares[:, 1] - shares[:, 0]


def main():
    warnings.simplefilter("error")
    cases = []
    for name in ["breast_cancer", "pima", "iris"]:
        x, y = read(name, "train")
        imputer = SimpleImputer(strategy="median").fit(x)
        scaler = StandardScaler().fit(imputer.transform(x))
        x, test = (scaler.transform(imputer.transform(part)) for part in (x, read(name, "test")[0]))
        classes = sorted(set(y.tolist()))
        several = len(classes) > 2
        for weight in ["balanced", {classes[1]: 5.0, classes[0]: 0.25}]:
            text = weight if weight == "balanced" else ",".join(f"{k}={v}" for k, v in weight.items())
            full = weight if weight == "balanced" else {k: weight.get(k, 1.0) for k in classes}
            for family in ["logistic", "linear-svm"] + ([] if several else ["svm", "naive-bayes", "tree"]):
                found = np.ravel(scores(family, full, x, y, test))
                cases.append({"data": name, "family": family, "weight": text,
                              "scores": [float(f"{value:.9g}") for value in found]})
    write_json(OUT / "class_weight.json", cases)


if __name__ == "__main__":
    main()
