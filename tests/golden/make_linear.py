#!/usr/bin/env python3
"""Regenerates tests/golden/sklearn/linear_families.json and probabilities.json with scikit-learn and SciPy.

    /usr/bin/python3 tests/golden/make_linear.py        (Debian 12: apt install python3-sklearn, 1.2.1)

linear_families.json: coefficients and intercept in standardized space of the regression families that
make_golden.py has not, each with the flags of `train` that ask for the same. linear-svr learns the target in
units of its deviation; so does what stands here. Huber's loss with a fixed scale is no estimator of
scikit-learn's: SciPy minimizes it.
probabilities.json: predict_proba of logistic regression on every test row.
"""

import json
import warnings

import numpy as np
from make_golden import OUT, numbers, read, write_json
from scipy.optimize import minimize
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, HuberRegressor, Lasso, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVR


class FixedHuber:
    def __init__(self, c, epsilon):
        self.c, self.epsilon = c, epsilon

    def fit(self, x, y):
        def loss(unknowns):
            r = x @ unknowns[:-1] + unknowns[-1] - y
            inside = np.abs(r) <= self.epsilon
            value = np.where(inside, r * r / 2, self.epsilon * (np.abs(r) - self.epsilon / 2)).sum()
            by_r = self.c * np.clip(r, -self.epsilon, self.epsilon)
            slope = np.append(x.T @ by_r + unknowns[:-1], by_r.sum())
            return unknowns[:-1] @ unknowns[:-1] / 2 + self.c * value, slope

        found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B",
                         options={"maxiter": 100000, "maxfun": 100000, "ftol": 1e-16, "gtol": 1e-10})
        self.coef_, self.intercept_ = found.x[:-1], found.x[-1]
        return self


def svr(loss, c, epsilon):
    dual = loss == "epsilon_insensitive"
    return LinearSVR(C=c, epsilon=epsilon, loss=loss, dual=dual, tol=1e-10, max_iter=10000000, random_state=0)


SET = {"tol": 1e-12, "max_iter": 1000000}
CASES = [
    ("lasso", {"alpha": "0.1"}, lambda: Lasso(alpha=0.1, **SET)),
    ("lasso", {"alpha": "1"}, lambda: Lasso(alpha=1, **SET)),
    ("elastic-net", {"alpha": "0.1"}, lambda: ElasticNet(alpha=0.1, l1_ratio=0.5, **SET)),
    ("elastic-net", {"alpha": "1", "l1-ratio": "0.2"}, lambda: ElasticNet(alpha=1, l1_ratio=0.2, **SET)),
    ("huber", {}, lambda: HuberRegressor(tol=1e-10, max_iter=100000)),
    ("huber", {"epsilon": "2.5", "alpha": "10"}, lambda: HuberRegressor(epsilon=2.5, alpha=10, tol=1e-10, max_iter=100000)),
    ("linear-svr", {}, lambda: svr("epsilon_insensitive", 1, 0.1)),
    ("linear-svr", {"loss": "squared-epsilon-insensitive", "C": "0.01"},
     lambda: svr("squared_epsilon_insensitive", 0.01, 0.1)),
    ("linear-svr", {"loss": "huber", "epsilon": "0.5", "C": "0.01"}, lambda: FixedHuber(0.01, 0.5)),
]


def main():
    warnings.simplefilter("error")
    cases = []
    for name in ["boston_housing", "diabetes"]:
        x, y = read(name, "train")
        x = StandardScaler().fit_transform(SimpleImputer(strategy="median").fit_transform(x))
        for family, flags, learner in CASES:
            standard = family == "linear-svr"
            mean, deviation = (y.mean(), y.std()) if standard else (0.0, 1.0)
            model = learner().fit(x, (y - mean) / deviation)
            cases.append({"data": name, "family": family, "flags": flags,
                          "weights": numbers(model.coef_ * deviation),
                          "bias": float(np.ravel(model.intercept_)[0] * deviation + mean)})
    write_json(OUT / "linear_families.json", cases)
    probabilities = {}
    for name in ["breast_cancer", "iris", "pima", "wine"]:
        x, y = read(name, "train")
        learner = LogisticRegression(C=1.0, max_iter=5000, tol=1e-7, solver="newton-cg")
        model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), learner).fit(x, y)
        probabilities[name] = [float(f"{value:.9g}") for value in np.ravel(model.predict_proba(read(name, "test")[0]))]
    write_json(OUT / "probabilities.json", probabilities)


if __name__ == "__main__":
    main()
