#!/usr/bin/env python3
"""Regenerates the files of trees under tests/golden/sklearn with scikit-learn.

    /usr/bin/python3 tests/golden/make_golden_forest.py        (Debian 12: apt install python3-sklearn, 1.2.1)

What it writes:
    trees.json      a decision tree and a random forest of satellite (whole numbers), gradient boosting of digits: every
                    tree node by node, with what it answers for each test row: classes, or (of the first 60) decision values;
                    and predict_proba of the first 60
    pruning.json    trees of wine and diabetes, the path of their cost-complexity pruning, and how many leaves are left
                    between two of its steps
    regression.json a shallow tree of boston_housing, where no two splits are equally good: its answers to the test rows
    seeds.json      the lowest and the median test accuracy of 30 decision trees a data set, which differ in nothing but
                    the seed: it decides between equally good splits
"""

import warnings

import numpy as np
from make_golden import OUT, numbers, read, rounded, write_json
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor


def nodes(tree, values):
    return {
        "left": tree.children_left.tolist(),
        "right": tree.children_right.tolist(),
        "feature": tree.feature.tolist(),
        "threshold": numbers(tree.threshold),
        "values": values,
    }


def votes(estimator):
    value = estimator.tree_.value[:, 0, :]
    return nodes(estimator.tree_, numbers(value / value.sum(axis=1, keepdims=True)))


def classes(model, x):
    return [int(i) for i in np.searchsorted(model.classes_, model.predict(x))]


def pruning(estimator, name):
    x, y = read(name, "train")
    path = estimator.cost_complexity_pruning_path(x, y)
    tree = estimator.fit(x, y).tree_
    alphas = path.ccp_alphas
    middles = [float((a + b) / 2) for a, b in zip(alphas, alphas[1:])]
    leaves = [int(type(estimator)(random_state=0, ccp_alpha=a).fit(x, y).get_n_leaves()) for a in middles]
    risks = tree.impurity * tree.weighted_n_node_samples / len(y)
    return nodes(tree, numbers(risks)) | {"alphas": numbers(alphas), "middles": middles, "leaves": leaves}


def seeds(name):
    x, y = read(name, "train")
    test, labels = read(name, "test")
    scores = [DecisionTreeClassifier(random_state=seed).fit(x, y).score(test, labels) for seed in range(30)]
    return {"lowest": min(scores), "median": float(np.median(scores))}


def main():
    warnings.simplefilter("error")
    x, y = read("satellite", "train")
    test, _ = read("satellite", "test")
    tree = DecisionTreeClassifier(random_state=0, max_depth=9).fit(x, y)
    forest = RandomForestClassifier(4, random_state=0, max_depth=7).fit(x, y)
    content = {
        "tree": {
            "trees": [votes(tree)],
            "predicted": classes(tree, test),
            "probabilities": rounded(tree.predict_proba(test[:60])),
        },
        "forest": {
            "trees": [votes(each) for each in forest.estimators_],
            "predicted": classes(forest, test),
            "probabilities": rounded(forest.predict_proba(test[:60])),
            "margin": numbers(np.diff(np.sort(forest.predict_proba(test))[:, -2:]).ravel()),
        },
    }
    x, y = read("digits", "train")
    test, _ = read("digits", "test")
    rounds, rate = 4, 0.1
    boosting = GradientBoostingClassifier(n_estimators=rounds, learning_rate=rate, random_state=0).fit(x, y)
    content["boosting"] = {
        "trees": [
            nodes(boosting.estimators_[i, k].tree_, numbers(rate * boosting.estimators_[i, k].tree_.value))
            | {"output": k}
            for k in range(10)
            for i in range(rounds)
        ],
        "start": numbers(boosting._raw_predict_init(test[:1])),
        "decisions": numbers(boosting.decision_function(test[:60])),
        "probabilities": rounded(boosting.predict_proba(test[:60])),
    }
    write_json(OUT / "trees.json", content)
    write_json(
        OUT / "pruning.json",
        {
            "wine": pruning(DecisionTreeClassifier(random_state=0), "wine"),
            "diabetes": pruning(DecisionTreeRegressor(random_state=0), "diabetes"),
        },
    )
    x, y = read("boston_housing", "train")
    test, _ = read("boston_housing", "test")
    shallow = DecisionTreeRegressor(random_state=0, max_depth=2).fit(x, y)
    write_json(OUT / "regression.json", {"predicted": numbers(shallow.predict(test))})
    write_json(OUT / "seeds.json", {name: seeds(name) for name in ["iris", "sonar"]})


if __name__ == "__main__":
    main()
