#!/usr/bin/env python3
"""Regenerates tests/golden/sklearn/special.json: the device's special functions, by SciPy.

    /usr/bin/python3 tests/golden/make_special.py        (Debian 12: apt install python3-scipy, 1.10.1)

Pairs of an integer argument, as the device has it, and the function of what it stands for:
    exp2      x in units of 2^-16: 2^-x
    tanh      x * 2 * log2(e) in units of 2^-12: tanh(x)
    sigmoid   a power of two in units of 2^-16: its share against 1
"""

import numpy as np
from make_golden import OUT, write_json
from scipy.special import exp2, expit


def arguments(most, random):
    """Near 0, all magnitudes, and around the table's steps."""
    steps = [64 * 1024 * whole + 1024 * part + off for whole in (0, 1, 5) for part in (0, 1, 31, 63) for off in (-1, 0, 1, 512)]
    spread = [int(each) for each in most ** random.uniform(0, 1, 60)]
    return sorted({each for each in steps + spread + [most] if 0 <= each <= most})


def pairs(xs, ys):
    return [[int(x), float(f"{y:.17g}")] for x, y in zip(xs, ys)]


def main():
    random = np.random.default_rng(1)
    x = np.array(arguments(28 * 65536, random))
    t = np.array(arguments(28 * 4096, random))
    t = np.concatenate([-t[::-1], t])
    s = np.concatenate([-x[::-1], x])
    log2e = np.log2(np.e)
    write_json(OUT / "special.json", {
        "exp2": pairs(x, exp2(-x / 65536)),
        "tanh": pairs(t, np.tanh(t / 4096 / (2 * log2e))),
        "sigmoid": pairs(s, expit(s / 65536 * np.log(2))),
    })


if __name__ == "__main__":
    main()
