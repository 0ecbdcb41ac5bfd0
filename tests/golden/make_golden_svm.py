#!/usr/bin/env python3
"""Regenerates the support vector machines' files under tests/golden/sklearn with scikit-learn's SVC and SVR.

    /usr/bin/python3 tests/golden/make_golden_svm.py        (Debian 12: apt install python3-sklearn, 1.2.1)

What it writes:
    DATASET.svm.json    of each kernel at its defaults: how many support vectors there are, and each test row's
                        decision_function (several classes: votes and the squashed sum of decisions) or prediction;
                        regression learns the target in units of its deviation. One machine more has other numbers.

The solver runs to a far tighter tolerance than the trainer's, so that what differs is the trainer's error.
"""

import warnings

from make_golden import OUT, REGRESSION, numbers, read, write_json
from sklearn.compose import TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

SETS = ["breast_cancer", "diabetes", "iris", "pima", "wine"]
MACHINES = {
    "rbf": {"kernel": "rbf"},
    "linear": {"kernel": "linear"},
    "polynomial": {"kernel": "poly"},
    "sigmoid": {"kernel": "sigmoid"},
    "other": {"kernel": "poly", "degree": 2, "coef0": 1.5, "gamma": 0.125, "C": 0.25},
}


def main():
    warnings.simplefilter("error")
    for name in SETS:
        x, y = read(name, "train")
        test_x, _ = read(name, "test")
        content = {}
        for machine, flags in MACHINES.items():
            if name in REGRESSION:
                learner = TransformedTargetRegressor(SVR(tol=1e-9, **flags), transformer=StandardScaler())
            else:
                learner = SVC(tol=1e-9, **flags)
            model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), learner).fit(x, y)
            machine_of = learner.regressor_ if name in REGRESSION else learner
            decide = model.predict if name in REGRESSION else model.decision_function
            content[machine] = {"vectors": len(machine_of.support_), "decisions": numbers(decide(test_x))}
            print(name, machine, content[machine]["vectors"])
        write_json(OUT / f"{name}.svm.json", content)


if __name__ == "__main__":
    main()
