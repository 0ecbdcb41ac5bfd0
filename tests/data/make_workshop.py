#!/usr/bin/env python3
"""make_workshop.py FOLDER: workshop.train.csv and workshop.test.csv, machines that fail or not: two columns of text, values
missing in three columns, skew and outliers. What fails depends on all of them, with some noise. Made up, seed 6."""
import csv
import math
import random
import sys

MAKERS = {"Acme": 0.0, "Borg & Sons": 0.9, "Cyclo": -0.7, "Delta": 0.4}
COOLING = {"air": 0.5, "water": -0.5, "none": 1.2}


def row(draw):
    maker = draw.choices(list(MAKERS), [5, 3, 3, 1])[0]
    cooling = draw.choices(list(COOLING), [4, 3, 2])[0]
    hours = draw.lognormvariate(5, 1.4)  # skewed
    load = draw.gauss(60, 12)
    if draw.random() < 0.02:
        load *= 12  # an outlier: a sensor that spoke in other units
    temperature = draw.gauss(20, 8)
    score = MAKERS[maker] + COOLING[cooling] + 0.9 * (math.log(hours) - 5) + 0.03 * (temperature - 20)
    score += 0.05 * (min(load, 100) - 60) - 0.3
    serviced = draw.randint(0, 40)
    unknown = draw.random() < 0.2  # nobody knows of a service where there was none
    score += 1.1 if unknown else 0.05 * (serviced - 20)
    label = "fails" if score + draw.gauss(0, 0.5) > 0 else "runs"
    return [maker, "" if draw.random() < 0.06 else cooling, round(hours), round(load, 1),
            "" if draw.random() < 0.05 else round(temperature, 1), "" if unknown else serviced, label]


def main(folder):
    draw = random.Random(6)
    for name, rows in (("train", 400), ("test", 120)):
        with open(f"{folder}/workshop.{name}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["maker", "cooling", "hours", "load", "temperature", "serviced", "label"])
            for i in range(rows):
                values = row(draw)
                if name == "test" and i % 20 == 7:
                    values[0] = "Elko"  # a maker that training never saw
                writer.writerow(values)


main(sys.argv[1])
