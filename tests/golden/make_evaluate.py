#!/usr/bin/env python3
"""Regenerates tests/golden/evaluate with scikit-learn and SciPy: predictions, and what metrics of them are.

    /usr/bin/python3 tests/golden/make_evaluate.py        (Debian 12: apt install python3-sklearn, 1.2.1, SciPy 1.10.1)

What it writes:
    CASE.csv        a row a line: truth and prediction; of classes their indices (-1: refused), and with probabilities
                    the words of 2^-16 of each class, which add up to 65536; or with scores a column of class 1's
    expected.csv    case,metric,value: what scikit-learn says of it; a metric that it has no value of is not there
    wilson.csv      right,rows,level,low,high by scipy.stats.binomtest
    bootstrap.csv   case,level,low,high,deviation: of R2, by scipy.stats.bootstrap with very many samples, and the
                    standard deviation that the ends have with a thousand
    time.csv        rows,folds,fold,train,first,test: TimeSeriesSplit's rows to learn from, the first to test, how many

The rows are the test parts of tests/data, predicted by scikit-learn's own models; some cases are then bent: ties,
classes that no row has, one class alone, all right, all wrong.
"""

import csv
import warnings

import numpy as np
from make_golden import CLASSIFICATION, HERE, read
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, label_binarize
from sklearn.svm import LinearSVC

OUT = HERE / "evaluate"
UNIT = 65536
FLOOR = 2.0 ** -17  # what a probability of 0 counts as in a logarithm


def words_of(probabilities):
    """Each row in whole words that add up to UNIT: rounded down, the rest to the largest remainders."""
    scaled = probabilities * UNIT
    words = np.floor(scaled).astype(int)
    for row, rest in zip(words, scaled - words):
        row[np.argsort(-rest, kind="stable")[:UNIT - row.sum()]] += 1
    assert (words.sum(axis=1) == UNIT).all() and (words >= 0).all()
    return words


def fitted(name, learner):
    x, y = read(name, "train")
    test_x, test_y = read(name, "test")
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), learner).fit(x, y)
    if name not in CLASSIFICATION:
        return test_y, np.round(model.predict(test_x), 6)
    index = {label: i for i, label in enumerate(model.classes_)}
    truth = np.array([index[label] for label in test_y])
    if not hasattr(learner, "predict_proba"):
        return truth, np.array([index[label] for label in model.predict(test_x)]), model.decision_function(test_x)
    words = words_of(model.predict_proba(test_x))
    return truth, words.argmax(axis=1), words


def one_hot(classes, of):
    return UNIT * label_binarize(classes, classes=range(max(of, 3)))[:, :of]


def class_cases():
    logistic = LogisticRegression(C=1.0, max_iter=5000)
    pima = fitted("pima", logistic)
    wine = fitted("wine", logistic)
    digits = fitted("digits", logistic)
    cases = {
        "pima": pima,
        "breast_cancer": fitted("breast_cancer", GaussianNB()),
        "sonar": fitted("sonar", RandomForestClassifier(7, random_state=0)),
        "iris": fitted("iris", LogisticRegression(C=0.1)),
        "wine": wine,
        "satellite": fitted("satellite", GaussianNB()),
        "digits": fitted("digits", RandomForestClassifier(11, max_depth=5, random_state=0)),
        "margins": fitted("pima", LinearSVC(C=1.0, dual=False)),
    }
    coarse = words_of(np.round(pima[2] / UNIT * 8) / 8)
    cases["ties"] = (pima[0], coarse[:, 1] > coarse[:, 0], coarse)
    cases["all_tied"] = (pima[0], np.zeros_like(pima[0]), np.full_like(pima[2], UNIT // 2))
    keep = wine[0] != 2  # predicted, but no row's
    cases["absent"] = tuple(part[keep] for part in shifted(wine, keep))
    keep = (digits[0] != 3) & (digits[1] != 3)  # neither
    cases["absent_both"] = tuple(part[keep] for part in digits)
    keep = pima[0] == 0
    cases["single"] = tuple(part[keep] for part in pima)
    keep = pima[0] == 1
    cases["single_positive"] = tuple(part[keep] for part in pima)
    iris = cases["iris"][0]
    cases["perfect"] = (iris, iris, one_hot(iris, 3))
    cases["perfect_two"] = (pima[0], pima[0], np.stack([1 - pima[0], pima[0]], axis=1) * UNIT)
    cases["worst"] = (iris, (iris + 1) % 3, one_hot((iris + 1) % 3, 3))
    cases["worst_two"] = (pima[0], 1 - pima[0], np.stack([pima[0], 1 - pima[0]], axis=1) * UNIT)
    refused = np.arange(len(digits[0])) % 7 == 3
    cases["refused"] = (digits[0], np.where(refused, -1, digits[1]), digits[2])
    refused = np.arange(len(pima[0])) % 5 == 2
    cases["refused_two"] = (pima[0], np.where(refused, -1, pima[1]), pima[2])
    return cases


def shifted(case, keep):
    """Some of the rows that are kept are answered with the class that is not."""
    truth, predicted, words = (part.copy() for part in case)
    for row in np.flatnonzero(keep)[::5]:
        predicted[row] = 2
        words[row] = words[row][[1, 2, 0]]
    return truth, predicted, words


def score_classes(truth, predicted, classes):
    labels = list(range(classes))
    present = sorted((set(truth) | set(predicted)) - {-1})
    found = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
    }
    each = metrics.precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "support"), each):
        found.update({f"{name}.{k}": value for k, value in enumerate(values)})
    for average, over in (("macro", present), ("weighted", labels)):
        three = metrics.precision_recall_fscore_support(truth, predicted, labels=over, average=average, zero_division=0)
        found.update({f"{average}.{name}": value for name, value in zip(("precision", "recall", "f1"), three)})
    matrix = metrics.confusion_matrix(truth, predicted, labels=labels) if len(present) else np.zeros((classes, classes))
    found.update({f"confusion.{i}.{j}": matrix[i, j] for i in labels for j in labels})
    return found


def rank(truth, scores, classes):
    """scores: rows x classes. Of classes that no row is of, scikit-learn has no value: they are left out."""
    if classes == 2:
        found = {}
        if len(set(truth)) == 2:
            found["roc_auc"] = metrics.roc_auc_score(truth, scores[:, 1])
        if 1 in truth:
            found["average_precision"] = metrics.average_precision_score(truth, scores[:, 1])
        return found
    present = sorted(set(truth))
    if len(present) == classes:
        shares = scores / scores.sum(axis=1, keepdims=True)
        whole = metrics.roc_auc_score(truth, shares, multi_class="ovr", average="macro")
    one_by_one = np.mean([metrics.roc_auc_score(truth == k, scores[:, k]) for k in present])
    assert len(present) < classes or abs(whole - one_by_one) < 1e-12
    return {"roc_auc": one_by_one,
            "average_precision": np.mean([metrics.average_precision_score(truth == k, scores[:, k]) for k in present])}


def score_probabilities(truth, words):
    shares = words / UNIT
    classes = shares.shape[1]
    floored = shares.copy()  # only the true class's counts; the rest of a row that had none of it makes room
    for row, k in enumerate(truth):
        if floored[row, k] == 0:
            floored[row] *= 1 - FLOOR
            floored[row, k] = FLOOR
    brier = (metrics.brier_score_loss(truth, shares[:, 1], pos_label=1) if classes == 2 else
             np.mean(np.sum((shares - label_binarize(truth, classes=range(classes))) ** 2, axis=1)))
    return {"log_loss": metrics.log_loss(truth, floored, labels=list(range(classes))), "brier": brier}


def calibrate(truth, predicted, words):
    two = words.shape[1] == 2
    happened = (truth == 1) if two else (truth == predicted)
    shares = (words[:, 1] if two else words[np.arange(len(truth)), predicted]) / UNIT
    found = {}
    for strategy in ("uniform", "quantile"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fraction, mean = calibration_curve(happened, shares, n_bins=10, strategy=strategy, pos_label=True)
        found[f"{strategy}.bins"] = len(mean)
        found.update({f"{strategy}.{i}.mean": value for i, value in enumerate(mean)})
        found.update({f"{strategy}.{i}.fraction": value for i, value in enumerate(fraction)})
    # The expected error by its definition: no bin is asked of scikit-learn, which does not tell their rows.
    edges = np.linspace(0, 1, 11)
    error = 0
    for low, high in zip(edges, edges[1:]):
        inside = (shares > low) & (shares <= high) if low > 0 else shares <= high
        if inside.any():
            error += inside.mean() * abs(shares[inside].mean() - happened[inside].mean())
    found["ece"] = error
    return found


# A miss, a false alarm.
COSTS = (10, 1)


def at_best_threshold(truth, scores, refused):
    """What the best threshold of these very rows reaches for either class; its rows that were refused are never found."""
    found = {}
    for positive in (0, 1):
        own = truth[~refused] == positive
        missed = np.sum(truth[refused] == positive)
        if not (truth == positive).any():
            continue
        rank = scores[:, positive]
        if own.any():
            precision, recall, _ = metrics.precision_recall_curve(own, rank)
        else:
            precision, recall = np.zeros(1), np.zeros(1)
        recall = recall * own.sum() / (own.sum() + missed)
        precision, recall = precision[:-1], recall[:-1]  # the last point is no threshold's
        for at in (0.5, 0.9):
            found[f"recall_at_precision={at}.{positive}"] = recall[precision >= at].max(initial=0)
            found[f"precision_at_recall={at}.{positive}"] = precision[recall >= at].max(initial=0)
        miss, alarm = COSTS
        costs = []
        for threshold in [*np.unique(rank), np.inf]:
            said = rank >= threshold
            costs.append(miss * (np.sum(own & ~said) + missed) + alarm * (np.sum(~own & said) + refused.sum() - missed))
        found[f"cost={miss}:{alarm}.{positive}"] = min(costs) / len(truth)
    return found


def curves(truth, scores):
    found = {}
    false_rate, true_rate, _ = metrics.roc_curve(truth, scores, drop_intermediate=False)
    found.update({f"roc.{i}.fpr": value for i, value in enumerate(false_rate)})
    found.update({f"roc.{i}.tpr": value for i, value in enumerate(true_rate)})
    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    found.update({f"pr.{i}.precision": value for i, value in enumerate(precision[-2::-1])})
    found.update({f"pr.{i}.recall": value for i, value in enumerate(recall[-2::-1])})
    return found


def expect_classes(name, truth, predicted, beside):
    has_words = beside.ndim == 2
    classes = beside.shape[1] if has_words else 2
    found = score_classes(truth, predicted, classes)
    answered = predicted >= 0
    scores = beside[answered] if has_words else np.stack([-beside, beside], axis=1)[answered]
    found.update(rank(truth[answered], scores, classes))
    if has_words:
        found.update(score_probabilities(truth[answered], beside[answered]))
        found.update(calibrate(truth[answered], predicted[answered], beside[answered]))
    if classes == 2:
        found.update(at_best_threshold(truth, scores, ~answered))
    if name in ("ties", "all_tied", "sonar", "margins"):
        found.update(curves(truth[answered], scores[:, 1]))
    return found


def value_cases():
    boston, diabetes = (fitted(name, Ridge(alpha=1.0)) for name in ("boston_housing", "diabetes"))
    truth = boston[0]
    return {
        "boston_housing": boston,
        "diabetes": diabetes,
        "perfect_values": (truth, truth),
        "worst_values": (truth, -truth),
        "worse_than_mean": (truth, truth[::-1].copy()),
        "mean_itself": (diabetes[0], np.full(len(diabetes[0]), diabetes[0].mean())),
        "constant_right": (np.full(9, 5.0), np.full(9, 5.0)),
        "constant_wrong": (np.full(9, 5.0), np.arange(9.0)),
        "two_values": (np.array([1.0, 2.0]), np.array([1.5, 1.25])),
    }


def expect_values(truth, predicted):
    squared = metrics.mean_squared_error(truth, predicted)
    residuals = truth - predicted
    found = {"mse": squared, "rmse": metrics.mean_squared_error(truth, predicted, squared=False),
             "mae": metrics.mean_absolute_error(truth, predicted), "r2": metrics.r2_score(truth, predicted),
             "min": residuals.min(), "max": residuals.max()}
    found.update({f"p{p:02}": np.percentile(residuals, p) for p in (5, 25, 50, 75, 95)})
    return found


def write(name, header, rows):
    with open(OUT / name, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows([f"{cell:.17g}" if isinstance(cell, float) else cell for cell in row] for row in rows)


def make_wilson():
    rows = []
    for right, count in ((0, 1), (1, 1), (0, 30), (30, 30), (1, 30), (28, 30), (109, 154), (500, 1000), (999999, 1000000)):
        for level in (0.8, 0.95, 0.99):
            ends = stats.binomtest(right, count).proportion_ci(level, method="wilson")
            rows.append([right, count, level, float(ends.low), float(ends.high)])
    write("wilson.csv", ["right", "rows", "level", "low", "high"], rows)


def make_bootstrap(cases):
    rows = []
    for name in ("boston_housing", "diabetes"):
        def ends(count, seed):
            found = stats.bootstrap(cases[name], metrics.r2_score, n_resamples=count, vectorized=False, paired=True,
                                    confidence_level=0.95, method="percentile", random_state=seed)
            return found.confidence_interval
        few = [ends(1000, seed) for seed in range(1, 21)]
        deviation = max(np.std([each.low for each in few]), np.std([each.high for each in few]))
        many = ends(20000, 0)
        rows.append([name, 0.95, float(many.low), float(many.high), float(deviation)])
    write("bootstrap.csv", ["case", "level", "low", "high", "deviation"], rows)


def make_time():
    rows = []
    for count, folds in ((6, 5), (11, 2), (100, 3), (101, 7), (120, 5)):
        for fold, (train, test) in enumerate(TimeSeriesSplit(folds).split(np.zeros(count))):
            assert list(train) == list(range(len(train))) and list(test) == list(range(test[0], test[0] + len(test)))
            rows.append([count, folds, fold, len(train), test[0], len(test)])
    write("time.csv", ["rows", "folds", "fold", "train", "first", "test"], rows)


def main():
    warnings.simplefilter("error")
    # balanced_accuracy_score leaves out what is no row's class, and says so.
    warnings.filterwarnings("ignore", message="y_pred contains classes not in y_true")
    OUT.mkdir(exist_ok=True)
    expected = []
    for name, (truth, predicted, beside) in class_cases().items():
        predicted = predicted.astype(int)
        columns = beside if beside.ndim == 2 else beside[:, None]
        names = [f"word_{k}" for k in range(columns.shape[1])] if beside.ndim == 2 else ["score"]
        write(f"{name}.csv", ["truth", "predicted", *names],
              [[int(t), int(p), *row.tolist()] for t, p, row in zip(truth, predicted, columns)])
        expected += [[name, metric, float(value)]
                     for metric, value in expect_classes(name, truth, predicted, beside).items()]
    values = value_cases()
    for name, (truth, predicted) in values.items():
        write(f"{name}.csv", ["value", "predicted"], [[float(t), float(p)] for t, p in zip(truth, predicted)])
        expected += [[name, metric, float(value)] for metric, value in expect_values(truth, predicted).items()]
    write("expected.csv", ["case", "metric", "value"], expected)
    make_wilson()
    make_bootstrap(values)
    make_time()


if __name__ == "__main__":
    main()
