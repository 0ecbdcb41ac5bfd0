#!/usr/bin/env python3
"""Regenerates tests/golden/sklearn/select.json with scikit-learn.

    /usr/bin/python3 tests/golden/make_select.py        (Debian 12: apt install python3-sklearn, 1.2.1)

Of training rows of bundled data sets: F statistics (f_classif, f_regression), mutual information with the features (and
a target of values) cut into 16 bins of equal mass (mutual_info_score), the ranking of recursive feature elimination
with logistic regression or ridge, and at which of the penalties of 10^(-3 (s + 1) / 40) of the strongest, s = 0 to 12, L1
logistic regression or the lasso first gives each feature a weight (-1: at none).
"""

import warnings

import numpy as np
from make_golden import OUT, numbers, read, write_json
from sklearn.feature_selection import RFE, f_classif, f_regression
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.metrics import mutual_info_score
from sklearn.preprocessing import StandardScaler

STEPS = 13


def bins(values):
    return np.searchsorted(np.sort(values), values, side="left") * 16 // len(values)


def support(x, y, regression, step):
    share = 10 ** (-3 * (step + 1) / 40)
    if regression:
        y = (y - y.mean()) / y.std()
        return Lasso(alpha=share * np.abs(x.T @ y).max() / len(y), tol=1e-12, max_iter=1000000).fit(x, y).coef_ != 0
    kept = np.zeros(x.shape[1], bool)
    classes = np.unique(y)
    for positive in classes[1:] if len(classes) == 2 else classes:
        signs = np.where(y == positive, 1, -1)
        c = 1 / (share * np.abs(x.T @ signs).max() / 2)
        model = LogisticRegression(penalty="l1", solver="liblinear", C=c, tol=1e-8, max_iter=100000, random_state=0)
        kept |= model.fit(x, signs).coef_[0] != 0
    return kept


def entries(x, y, regression):
    supports = [support(x, y, regression, step) for step in range(STEPS)]
    return [next((s for s, kept in enumerate(supports) if kept[i]), -1) for i in range(x.shape[1])]


def main():
    warnings.simplefilter("error")
    cases = []
    for name in ["breast_cancer", "iris", "wine", "diabetes", "boston_housing"]:
        x, y = read(name, "train")
        regression = y.dtype == np.float64
        z = StandardScaler().fit_transform(x)
        target = bins(y) if regression else y
        learner = Ridge(alpha=1.0) if regression else LogisticRegression(C=1.0, max_iter=5000, tol=1e-7, solver="newton-cg")
        cases.append({
            "data": name,
            "regression": bool(regression),
            "f": numbers((f_regression if regression else f_classif)(x, y)[0]),
            "mutual_information": numbers([mutual_info_score(bins(column), target) for column in x.T]),
            "ranking": [int(rank) for rank in RFE(learner, n_features_to_select=1).fit(z, y).ranking_],
            "l1": entries(z, y, regression) if regression or len(set(y)) == 2 else [],
        })
    write_json(OUT / "select.json", cases)


if __name__ == "__main__":
    main()
