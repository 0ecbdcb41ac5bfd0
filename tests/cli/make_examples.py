#!/usr/bin/env python3
"""Regenerates tests/data/line.csv and threshold.csv, the data of the two worked examples.

    python3 tests/cli/make_examples.py

line.csv       100 rows, x uniform in [0, 10), label = 3x + 2 + N(0, 1)
threshold.csv  500 rows, two features uniform in [0, 1), label 1 where x0 > 0.5
"""

import pathlib
import random

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"


def write(name, header, rows):
    lines = [header] + [",".join(map(str, row)) for row in rows]
    (DATA / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def line(draw):
    for _ in range(100):
        x = round(draw.uniform(0, 10), 6)
        yield x, round(3 * x + 2 + draw.gauss(0, 1), 6)


def threshold(draw):
    for _ in range(500):
        x = [round(draw.random(), 6), round(draw.random(), 6)]
        yield *x, int(x[0] > 0.5)


write("line.csv", "x,label", line(random.Random(1)))
write("threshold.csv", "x0,x1,label", threshold(random.Random(2)))
