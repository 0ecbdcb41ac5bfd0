#!/usr/bin/env python3
"""make_prepare.py OUT: Yeo-Johnson's lambdas and values of scikit-learn's PowerTransformer (standardize=False), and
skewness of scipy, of columns drawn with a fixed seed, as tests/golden/prepare.csv: a column a block of rows."""
import sys

import numpy
from scipy.stats import skew
from sklearn.preprocessing import PowerTransformer

draw = numpy.random.RandomState(11)
columns = {
    "lognormal": draw.lognormal(2, 1, 60),
    "left": 10 - draw.gamma(2, 2, 60),
    "both": draw.normal(0, 3, 60) ** 3 / 10,
    "counts": draw.poisson(1.5, 60).astype(float),
}
with open(sys.argv[1], "w") as out:
    print("column,value,lambda,transformed,skewness", file=out)
    for name, values in columns.items():
        values = values.astype(numpy.float32).astype(float)
        transformer = PowerTransformer(standardize=False)
        made = transformer.fit_transform(values.reshape(-1, 1))[:, 0]
        for value, other in zip(values, made):
            print(f"{name},{value!r},{transformer.lambdas_[0]!r},{other!r},{skew(values)!r}", file=out)
