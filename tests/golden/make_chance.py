#!/usr/bin/env python3
"""Regenerates tests/golden/sklearn/chance.json: the distributions and thresholds of alarms, by SciPy.

    /usr/bin/python3 tests/golden/make_chance.py        (Debian 12: apt install python3-scipy, 1.10.1)

Distributions are lists of arguments and the function of them. Thresholds are computed anew from the formulas of
runtime/MONITORING.md, by SciPy's own distributions and integrals; of a long memory, where there is no formula, by a
simulation that shares nothing with the trainer's.
"""

import numpy as np
from make_golden import OUT, write_json
from scipy import integrate, optimize, signal, special, stats

WINDOW = 240
PSI = 0.1
MATERIAL_TAIL = 0.05
CHI_SQUARE_SHARE = 0.97


def distributions():
    degrees = (1, 2, 3.7, 7, 15, 60)
    tails = (0.9, 0.5, 0.05, 1e-3, 1e-8)
    noncentralities = (0.01, 1.5, 24, 300)
    normal = (1e-300, 1e-12, 0.001, 0.0625, 0.3, 0.5, 0.75, 0.999, 1 - 1e-12)
    kolmogorov = (0.05, 0.2, 0.5, 0.8, 0.99, 1, 1.01, 1.36, 2, 3.5)
    return {
        "chi_square_tail": [[x, d, stats.chi2.sf(x, d)] for d in degrees for x in (0.01, 1, 9.5, 40, 120)],
        "chi_square_quantile": [[t, d, stats.chi2.isf(t, d)] for d in degrees for t in tails],
        "noncentral_tail": [[x, d, n, stats.ncx2.sf(x, d, n), stats.ncx2.cdf(x, d, n)]
                            for d in degrees for n in noncentralities for x in (0.5, 10, 40, 300)],
        "noncentral_quantile": [[t, d, n, stats.ncx2.isf(t, d, n)]
                                for d in degrees for n in noncentralities for t in tails[:4]],
        "normal_quantile": [[p, stats.norm.ppf(p)] for p in normal],
        "kolmogorov_tail": [[x, stats.kstwobign.sf(x)] for x in kolmogorov],
    }


def window_chance(rows_between, tests):
    """Of a window to exceed a test's threshold, so that two of three do as seldom as is stated."""
    return np.sqrt(CHI_SQUARE_SHARE * WINDOW / rows_between / tests / 2)


def known_baseline_error(chance, degrees, rows):
    """The threshold whose chance of being exceeded, squared, is right on average over the baseline's error."""
    def twice(threshold):
        def integrand(x):
            return stats.chi2.pdf(x, degrees) * stats.ncx2.sf(threshold, degrees, WINDOW / rows * x) ** 2
        ends = stats.chi2.ppf([1e-13, 0.1, 0.5, 0.9, 1 - 1e-13], degrees)
        return sum(integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-10)[0] for a, b in zip(ends, ends[1:]))
    low = stats.chi2.isf(chance, degrees)
    return optimize.brentq(lambda t: twice(t) / chance ** 2 - 1, low / 2, 50 * low, rtol=1e-12)


def inflation(phi, rows):
    lags = np.arange(1, rows)
    return 1 + 2 * np.sum((1 - lags / rows) * phi ** lags)


def covariance(edges, phi, rows=WINDOW):
    """Of the counts of rows in bins of equal mass over the root of what is expected (Mehler's formula)."""
    bins = len(edges) + 1
    result = np.eye(bins) - 1 / bins
    for j in range(1, 80):
        at_edges = special.eval_hermitenorm(j - 1, edges) * stats.norm.pdf(edges)
        padded = np.concatenate([[0], at_edges, [0]])
        mass = (padded[:-1] - padded[1:]) / np.sqrt(special.factorial(j))
        result += (inflation(phi ** j, rows) - 1) * bins * np.outer(mass, mass)
    return result


def quantile(counts, shift, tail):
    """Of a sum of squares by its first three cumulants (Pearson's type III)."""
    first = np.trace(counts) + shift @ shift
    second = 2 * np.trace(counts @ counts) + 4 * shift @ counts @ shift
    third = 8 * np.trace(counts @ counts @ counts) + 24 * shift @ counts @ counts @ shift
    return stats.pearson3.isf(tail, third / second ** 1.5, loc=first, scale=np.sqrt(second))


def correlated():
    """Chi-square of rows against a baseline, both autoregressive: its mean, and a value's tail."""
    cases = []
    for bins, phi in ((3, 0.2), (8, 0.5), (16, 0.7)):
        edges = stats.norm.ppf(np.arange(1, bins) / bins)
        for rows, baseline in ((240, 2000), (5000, 2000)):
            both = covariance(edges, phi, rows) + rows / baseline * covariance(edges, phi, baseline)
            first, second, third = (np.trace(np.linalg.matrix_power(both, k)) * f for k, f in ((1, 1), (2, 2), (3, 8)))
            for times in (0.3, 1, 4):
                tail = stats.pearson3.sf(times * first, third / second ** 1.5, loc=first, scale=np.sqrt(second))
                cases.append([bins, phi, rows, baseline, times * first, first, tail])
    return cases


def thresholds(bins, rows, phi, chance):
    error = 1 + WINDOW / rows
    degrees = bins - 1
    if phi == 0:
        statistical = known_baseline_error(chance, degrees, rows)
        return statistical, error * stats.ncx2.isf(MATERIAL_TAIL, degrees, WINDOW * PSI / error)
    edges = stats.norm.ppf(np.arange(1, bins) / bins)
    counts = covariance(edges, phi)
    moved = np.diff(np.concatenate([[0], stats.norm.cdf(edges - np.sqrt(PSI)), [1]])) - 1 / bins
    material = error * quantile(counts, moved * np.sqrt(WINDOW * bins), MATERIAL_TAIL)
    if phi > 0.3:
        return simulated(bins, rows, phi, chance), material
    effective = np.trace(counts) ** 2 / np.sum(counts * counts)
    raised = known_baseline_error(chance, effective, rows) / stats.chi2.isf(chance, effective)
    return raised * quantile(counts, np.zeros(bins), chance), material


def simulated(bins, rows, phi, chance, baselines=2000, windows=1500):
    """The threshold by plain repetition: each baseline has its own windows and, of its rows, edges and phi."""
    random = np.random.default_rng(11)

    def process(count):
        warm = 400
        noise = random.standard_normal(count + warm) * np.sqrt(1 - phi * phi)
        return signal.lfilter([1], [1, -phi], noise)[warm:]

    def place(value):
        return np.log((1 + value) / (1 - value))

    def estimate(values):
        blocks = len(values) // 256
        size = len(values) // blocks
        parts = values[:blocks * size].reshape(blocks, size)
        parts = parts - parts.mean(axis=1, keepdims=True)
        raw = np.sum(parts[:, 1:] * parts[:, :-1]) / np.sum(parts * parts)
        return raw + (1 + 3 * raw) / size

    def null(at):
        edges = stats.norm.ppf(np.arange(1, bins) / bins)
        return np.log(quantile(covariance(edges, (np.exp(at) - 1) / (np.exp(at) + 1)), np.zeros(bins), chance))

    slope = (null(place(phi) + 0.1) - null(place(phi) - 0.1)) / 0.2
    values = []
    for _ in range(baselines):
        baseline = process(rows)
        edges = np.quantile(baseline, np.arange(1, bins) / bins)
        found = np.searchsorted(edges, process(windows * WINDOW)).reshape(windows, WINDOW)
        counts = np.stack([np.sum(found == b, axis=1) for b in range(bins)], axis=1)
        chi = np.sum(counts.astype(float) ** 2, axis=1) * bins / WINDOW - WINDOW
        values.append(np.sort(chi / np.exp(slope * (place(estimate(baseline)) - place(phi)))))

    def twice(threshold):
        above = np.array([windows - np.searchsorted(each, threshold, side="right") for each in values], dtype=float)
        return np.mean(above * (above - 1)) / (windows * (windows - 1))
    return optimize.brentq(lambda t: twice(t) - chance ** 2, 1, 5000, xtol=1e-3)


def alarms():
    plans = []
    for rows_between, tests, histograms in ((86400, 12, 10), (1e6, 38, 36), (2e4, 3, 1)):
        chance = window_chance(rows_between, tests)
        # One CUSUM step is a window; what chi-square leaves of the rate is for all features' CUSUM.
        arl = rows_between / WINDOW / (1 - CHI_SQUARE_SHARE)
        cases = [[bins, rows, phi, *thresholds(bins, rows, phi, chance)]
                 for bins, rows in ((2, 500), (5, 2000), (16, 2000), (16, 100000)) for phi in (0, 0.05, 0.3)]
        plans.append({"rows_between": rows_between, "tests": tests, "histograms": histograms, "chance": chance,
                      "cusum_limit": np.log(arl * histograms) - 1.17, "thresholds": cases})
    chance = window_chance(86400, 12)
    long_memory = [[bins, rows, phi, *thresholds(bins, rows, phi, chance)]
                   for bins, rows, phi in ((16, 2000, 0.5), (16, 20000, 0.5), (8, 2000, 0.9), (16, 2000, 0.9))]
    return {"plans": plans, "long_memory": long_memory}


def plain(value):
    """Nested lists and tables of Python's own numbers."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, (list, tuple)) else float(f"{value:.17g}")


if __name__ == "__main__":
    write_json(OUT / "chance.json", plain({**distributions(), **alarms(), "correlated": correlated()}))
