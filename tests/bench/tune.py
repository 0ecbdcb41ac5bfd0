#!/usr/bin/env python3
"""tune.py NUTHATCH DATA OUT [SEED...]: what 60 seconds of `tune` within 16 KiB of flash and 2 KiB of RAM of a Cortex-M4
reach on the test rows, beside scikit-learn's families as in DATA/sklearn_reference.csv. Writes the CSV OUT, a line a data
set and seed (0, 1 and 2).

`sklearn_best` is the family that is best on the test rows, which nobody knows who has to choose; `sklearn_chosen` the one
that five-fold cross-validation prefers on the rows that `tune` has, too: that column wants python3-sklearn (Debian) and is
empty without. Prints the mean over all. Wants a machine with nothing else to do.
"""
import csv
import json
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy
    from sklearn import ensemble, linear_model, naive_bayes, neural_network, svm, tree
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
except ImportError:
    numpy = None

BUDGET = "flash=16K,ram=2K,core=cortex-m4"


def classifiers():
    return {
        "logistic": linear_model.LogisticRegression(max_iter=1000),
        "linear_svm": svm.LinearSVC(max_iter=10000),
        "svm_rbf": svm.SVC(C=10),
        "naive_bayes": naive_bayes.GaussianNB(),
        "tree": tree.DecisionTreeClassifier(max_depth=8, random_state=0),
        "forest": ensemble.RandomForestClassifier(random_state=0),
        "mlp": neural_network.MLPClassifier((32,), max_iter=500, random_state=0),
        "boosting": ensemble.GradientBoostingClassifier(random_state=0),
    }


def regressors():
    return {
        "linear": linear_model.LinearRegression(),
        "ridge": linear_model.Ridge(),
        "lasso": linear_model.Lasso(alpha=0.1),
        "huber": linear_model.HuberRegressor(max_iter=1000),
        "svr_rbf": svm.SVR(C=10),
        "tree": tree.DecisionTreeRegressor(max_depth=8, random_state=0),
        "forest": ensemble.RandomForestRegressor(random_state=0),
        "boosting": ensemble.GradientBoostingRegressor(random_state=0),
        "mlp": neural_network.MLPRegressor((32,), max_iter=2000, random_state=0),
    }


def load(data, name, part, classifies):
    with open(f"{data}/{name}.{part}.csv", newline="") as file:
        rows = list(csv.reader(file))[1:]
    features = numpy.array([[cell or "nan" for cell in row[:-1]] for row in rows], dtype=float)
    return features, [row[-1] if classifies else float(row[-1]) for row in rows]


def reference(data):
    """{data set: {family: score on the test rows}}"""
    scores = {}
    with open(f"{data}/sklearn_reference.csv", newline="") as file:
        for row in csv.DictReader(file):
            scores.setdefault(row["dataset"], {})[row["family"]] = float(row["test_score"])
    return scores


def chosen_family(data, name, classifies, families, seed):
    features, target = load(data, name, "train", classifies)
    folds = (StratifiedKFold if classifies else KFold)(5, shuffle=True, random_state=seed)

    def score(family):
        learner = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), families[family])
        return cross_val_score(learner, features, target, cv=folds).mean()

    return max(families, key=score)


def tuned(nuthatch, data, name, seed):
    """Of `tune`: the chosen family, its score by cross-validation, and on the test rows."""
    with tempfile.TemporaryDirectory() as folder:
        model = f"{folder}/best.nhm"
        command = [nuthatch, "tune", "--data", f"{data}/{name}.train.csv", "--target", "label", "-o", model, "--budget",
                   BUDGET, "--time", "60s", "--seed", str(seed), "--json"]
        best = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["best"]
        command = [nuthatch, "evaluate", model, "--data", f"{data}/{name}.test.csv", "--json"]
        scored = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return best["model"], best["score_cv"], scored["score"]


def main():
    nuthatch, data, out, *seeds = sys.argv[1:]
    warnings.filterwarnings("ignore")
    tests = []
    with open(out, "w") as table:
        print("data,seed,tune_model,tune_cv,tune_test,sklearn_best,sklearn_best_test,sklearn_chosen,sklearn_chosen_test",
              file=table)
        for seed in map(int, seeds or (0, 1, 2)):
            for name, scores in reference(data).items():
                classifies = "logistic" in scores
                model, cv, test = tuned(nuthatch, data, name, seed)
                best = max(scores, key=scores.get)
                chosen = ""
                if numpy:
                    families = classifiers() if classifies else regressors()
                    chosen = chosen_family(data, name, classifies, families, seed)
                line = f"{name},{seed},{model},{cv:.4f},{test:.4f},{best},{scores[best]},{chosen},{scores.get(chosen, '')}"
                print(line, file=table, flush=True)
                print(line, flush=True)
                tests.append(test)
    print(f"mean of {len(tests)}: {sum(tests) / len(tests):.4f}")


if __name__ == "__main__":
    main()
