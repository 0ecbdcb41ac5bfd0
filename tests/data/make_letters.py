#!/usr/bin/env python3
"""make_letters.py FOLDER: a set like UCI's letter recognition, FOLDER/letters.train.csv of 16,000 rows and
letters.test.csv of 4,000: 26 classes, 16 whole numbers from 0 to 15 measured of each. The same files each time.

Each class is drawn in four fonts, that is places in a space of 16 dimensions; a row leans and stretches in six ways that
all classes share, bends, and has noise of its own. Nothing of the real set is in it.
"""
import math
import random
import sys

CLASSES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FEATURES = 16
FONTS = 4
WAYS = 6


def normal_vector(draw, deviation):
    return [draw.gauss(0, deviation) for _ in range(FEATURES)]


def rows(draw, count, places, ways):
    for number in range(count):
        label = number % len(CLASSES)
        place = places[label][draw.randrange(FONTS)]
        leaning = [draw.gauss(0, 1) for _ in range(WAYS)]
        values = []
        for i in range(FEATURES):
            value = place[i] + sum(leaning[way] * ways[way][i] for way in range(WAYS))
            value += 0.35 * math.sin(2 * place[i - 1] + leaning[i % WAYS]) + draw.gauss(0, 0.42)
            values.append(min(15, max(0, round(7.5 + 2.7 * value))))
        yield values, CLASSES[label]


def main():
    (folder,) = sys.argv[1:]
    draw = random.Random(26)
    places = []
    for _ in CLASSES:
        middle = normal_vector(draw, 0.62)
        places.append([[m + o for m, o in zip(middle, normal_vector(draw, 0.65))] for _ in range(FONTS)])
    ways = [normal_vector(draw, 0.36) for _ in range(WAYS)]
    for part, count in (("train", 16000), ("test", 4000)):
        with open(f"{folder}/letters.{part}.csv", "w") as file:
            print(",".join(f"f{i}" for i in range(FEATURES)) + ",label", file=file)
            for values, label in rows(draw, count, places, ways):
                print(",".join(map(str, values)) + "," + label, file=file)


if __name__ == "__main__":
    main()
