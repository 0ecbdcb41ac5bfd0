#!/usr/bin/env python3
"""tune_letters.py NUTHATCH MAKE_LETTERS OUT [TIME [SEED...]]: what `tune` reaches within 16 KiB of flash and 2 KiB of RAM of a
Cortex-M4 on a letter-like set of 16,000 rows and 26 classes (tests/data/make_letters.py), beside `mlp` as it is without
flags, which fits that budget. Writes the CSV OUT, a line a seed (0, 1 and 2), and fails where `tune` (60s) is behind.

Wants a machine with nothing else to do; how much of it there was is `cpu_seconds` a second and core.
"""
import csv
import json
import subprocess
import sys
import tempfile

BUDGET = "flash=16K,ram=2K,core=cortex-m4"


def json_of(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    nuthatch, make_letters, out, *more = sys.argv[1:]
    time, seeds = (more[0] if more else "60s"), (more[1:] or ("0", "1", "2"))
    behind = False
    with tempfile.TemporaryDirectory() as folder, open(out, "w") as file:
        subprocess.run([make_letters, folder], check=True)
        data = ["--data", f"{folder}/letters.train.csv", "--target", "label", "--json"]

        def score(model):
            return json_of(nuthatch, "evaluate", model, "--data", f"{folder}/letters.test.csv", "--json")["score"]

        table = csv.writer(file, lineterminator="\n")
        table.writerow(["time", "seed", "model", "cv", "test", "mlp_test", "seconds", "cpu_seconds", "trials", "dropped"])
        for seed in seeds:
            best, mlp = f"{folder}/best.nhm", f"{folder}/mlp.nhm"
            tuned = json_of(nuthatch, "tune", *data, "-o", best, "--budget", BUDGET, "--time", time, "--seed", seed)
            json_of(nuthatch, "train", *data, "-o", mlp, "--model", "mlp", "--seed", seed)
            test, mlp_test = score(best), score(mlp)
            dropped = " ".join(f"{one['family']}:{one['needs']:.0f}s" for one in tuned["dropped"])
            table.writerow([time, seed, tuned["best"]["model"], f"{tuned['best']['score_cv']:.4f}", f"{test:.4f}",
                            f"{mlp_test:.4f}", f"{tuned['seconds']:.1f}", f"{tuned['cpu_seconds']:.1f}", tuned["trials"],
                            dropped])
            file.flush()
            behind = behind or test < mlp_test
    print(open(out).read(), end="")
    sys.exit("tune is behind the default mlp" if behind else 0)


if __name__ == "__main__":
    main()
