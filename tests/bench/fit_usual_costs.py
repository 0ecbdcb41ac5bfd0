#!/usr/bin/env python3
"""fit_usual_costs.py NUTHATCH DATA COUNT SEED TABLE.cpp: what each step of a prediction costs of a usual row on each core, for
trainer/report/usual_cost_table.cpp.

Draws COUNT models as cost_model.py does, by a SEED that is not the one it is checked with, measures each on all cores over
test rows, and fits, a core at a time, the costs of the steps (`train --json`, usual_steps) with which the sum is nearest to
the mean that was measured: least squares of the relative errors, no cost negative. Needs python3-scipy (Debian) and the
firmware of ./run build.
"""
import os
import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy
from cost_model import CORES, draw_model, run, some_rows, train
from scipy.optimize import nnls


def measure(nuthatch, data, model):
    with tempfile.TemporaryDirectory() as work:
        path, rows = f"{work}/m.nhm", f"{work}/rows.csv"
        some_rows(f"{data}/{model['data']}.test.csv", rows)
        steps = train(nuthatch, data, model, path)["usual_steps"]
        means = {core: run(nuthatch, "evaluate", path, "--data", rows, "--on", core, "--json")["instructions"]["mean"]
                 for core in CORES}
        return steps, means


def fit(models, core, steps):
    counts = numpy.array([[model.get(step, 0) for step in steps] for model, _ in models], dtype=float)
    means = numpy.array([measured[core] for _, measured in models], dtype=float)
    costs, _ = nnls(counts / means[:, None], numpy.ones(len(models)), maxiter=10000)
    errors = abs(counts @ costs / means - 1)
    print(f"{core}: median {numpy.median(errors):.3f}, worst {errors.max():.3f}", file=sys.stderr)
    return costs


def main():
    nuthatch, data, count, seed, out = sys.argv[1:]
    draw = random.Random(int(seed))
    plans = [draw_model(draw) for _ in range(int(count))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        models = list(pool.map(lambda plan: measure(nuthatch, data, plan), plans))
    steps = list(dict.fromkeys(step for model, _ in models for step in model))
    with open(out, "w") as file:
        file.write("// Written by tests/bench/fit_usual_costs.py from what the emulated cores measured; not by hand.\n"
                   '#include "report/cost.hpp"\n\nnamespace nuthatch::report {\n'
                   "namespace {\n\nconstexpr StepCost kAll[] = {\n")
        for core in CORES:
            for step, cost in zip(steps, fit(models, core, steps)):
                file.write(f'    {{"{core}", "{step}", {cost:.2f}}},\n')
        file.write("};\n\n}  // namespace\n\nstd::span<const StepCost> usual_step_costs() { return kAll; }\n\n"
                   "}  // namespace nuthatch::report\n")


if __name__ == "__main__":
    main()
