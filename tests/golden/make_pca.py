#!/usr/bin/env python3
"""make_pca.py DATA OUT: scikit-learn's PCA of DATA/wine.train.csv, standardized and as it is, as tests/golden/pca.csv: the
shares of variance, the directions (with the sign that makes their largest element positive), and the first rows."""
import sys

import numpy
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

COMPONENTS, ROWS = 4, 5
rows = numpy.loadtxt(f"{sys.argv[1]}/wine.train.csv", delimiter=",", skiprows=1, usecols=range(13))
with open(sys.argv[2], "w") as out:
    print("scale,what,index," + ",".join(f"component{k}" for k in range(COMPONENTS)), file=out)
    for scale in ("standard", "none"):
        values = StandardScaler().fit_transform(rows) if scale == "standard" else rows
        pca = PCA(COMPONENTS, svd_solver="full").fit(values)
        signs = numpy.array([numpy.sign(c[numpy.abs(c).argmax()]) for c in pca.components_])
        lines = [("share", 0, pca.explained_variance_ratio_)]
        lines += [("direction", i, signs * pca.components_[:, i]) for i in range(values.shape[1])]
        lines += [("row", i, signs * pca.transform(values[i : i + 1])[0]) for i in range(ROWS)]
        for what, index, numbers in lines:
            print(f"{scale},{what},{index}," + ",".join(repr(float(v)) for v in numbers), file=out)
