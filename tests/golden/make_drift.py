#!/usr/bin/env python3
"""make_drift.py OUT: pairs of histograms and what scipy says of their distance, for drift_test.cpp. Writes the CSV OUT:
bins, the baseline's counts, the counted ones, PSI, Jensen-Shannon divergence in bits, Pearson's chi-square, the p-value of
chi_square / (1 + n / M), the largest distance of the distribution functions, and Kolmogorov's limit of its p-value. Needs python3-scipy (Debian).
"""
import sys

import numpy
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2, chisquare, kstwobign

random = numpy.random.default_rng(7)


def distances(baseline, counted):
    n, m = counted.sum(), baseline.sum()
    p, q = baseline / m, counted / n
    psi = numpy.sum((numpy.where(q > 0, q, 0.5 / n) - p) * numpy.log(numpy.where(q > 0, q, 0.5 / n) / p))
    statistic = chisquare(counted, n * p).statistic
    distance = numpy.abs(numpy.cumsum(q - p)).max()
    return [psi, jensenshannon(p, q, 2) ** 2, statistic, chi2.sf(statistic / (1 + n / m), len(p) - 1),
            distance, kstwobign.sf(distance * numpy.sqrt(n * m / (n + m)))]


def main():
    with open(sys.argv[1], "w") as out:
        print("bins,baseline,counted,psi,jensen_shannon,chi_square,p_value,kolmogorov_smirnov,"
              "kolmogorov_smirnov_p_value", file=out)
        for bins in (2, 3, 7, 16):
            for rows in (40, 1000, 200000):
                for tilt in (0, 0.02, 0.3, 2):
                    shares = random.dirichlet(numpy.full(bins, 5.0))
                    baseline = random.multinomial(5000, shares) + 1
                    tilted = shares * numpy.exp(tilt * numpy.linspace(-1, 1, bins))
                    counted = random.multinomial(rows, tilted / tilted.sum())
                    numbers = ",".join(repr(float(x)) for x in distances(baseline, counted))
                    print(f"{bins},{' '.join(map(str, baseline))},{' '.join(map(str, counted))},{numbers}", file=out)


if __name__ == "__main__":
    main()
