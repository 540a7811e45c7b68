"""Raw columns that alone predict the label: the answer, or something that is only known once the answer is."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from analysis import multi_hot
from analysis.records import Leak
from analysis.samples import Columns
from schemas.tasks import CLASS, CLASSES, Task

SCORE = 0.999
FEWEST = 10  # test examples of a class, and of all others: so many are in order by chance once in 92,000 columns
_FEWEST_NUMBERS = 20  # test examples of a regression
_LEAF, _LEAVES = 5, 256  # training examples, at least, of a range that a decision tree tells from others; and ranges


def leaks(task: Task, train: Columns, test: Columns) -> tuple[Leak, ...]:
    """The columns of which one alone scores above ``SCORE`` on the test examples.

    Of a classification the score is the area under the ROC curve; of more than two classes, and where an answer is any number
    of them, the lowest one of a class against all others. What is scored is learned from the training examples, so that an id,
    which memorises, scores 0.5: of a string the share of each class by value; of a number that of a decision tree's leaves. A
    number of a binary classification is also scored itself, in both directions, with missing ones below or above all others.

    Of a regression it is |Spearman's rank correlation|, of a number itself (missing ones count as the training median) and of
    a string's mean label by value, learned from the training examples.

    Args:
      train: a sample of the training examples is enough.
      test: the examples that are scored. Classes with fewer than ``FEWEST`` are not.

    Returns:
      The highest score first; none where too few examples can be scored.
    """
    found = []
    for name, values in test.columns.items():
        if task.classes_or_none is None:
            scores = _correlations(train.columns[name], train.labels, values, test.labels)
        else:
            scores = _areas(
                task, train.columns[name], _targets(task, train.labels), values, _targets(task, test.labels)
            )
        best = max(scores, default=(0.0, ""))
        if best[0] > SCORE:
            found.append(Leak(name, *best))
    return tuple(sorted(found, key=lambda leak: -leak.score))


def _targets(task: Task, labels: np.ndarray) -> np.ndarray:
    """bool[N, classes]: which class each label is, or which it has."""
    classes = len(task.classes_or_none or ())
    return multi_hot.bits(labels, classes) if task.kind == CLASSES else np.eye(classes, dtype=bool)[labels]


def _areas(
    task: Task, known: pa.Array, targets: np.ndarray, values: pa.Array, labels: np.ndarray
) -> Iterator[tuple[float, str]]:
    """Scores of a column, and how each was measured; ``targets`` and ``labels``: bool[N, classes]."""
    counts = labels.sum(axis=0)
    binary = task.kind == CLASS and len(counts) == 2
    scored = np.flatnonzero((counts >= FEWEST) & (len(labels) - counts >= FEWEST))
    if not len(scored) or not len(known):
        return
    which = "the AUC" if binary else "the lowest AUC of a class against the others"
    of, where = f"{which}, of", f"learned from {len(known):,} training examples, on {len(labels):,} test examples"
    if pa.types.is_string(values.type):
        rates = _by_value(known, targets.astype(np.float64), values, prior=1)
        yield _lowest(rates, labels, scored), f"{of} the classes' shares by value, {where}"
        return
    numbers = _numbers(values)
    yield (
        _lowest(_tree(_numbers(known), targets, numbers), labels, scored),
        (f"{of} a decision tree of this number, {where}"),
    )
    if binary:
        areas = (_auc(np.where(np.isnan(numbers), missing, numbers), labels[:, 1]) for missing in (-np.inf, np.inf))
        area = max(max(area, 1 - area) for area in areas)
        yield area, f"{of} the number itself, on {len(labels):,} test examples"


def _correlations(
    known: pa.Array, known_labels: np.ndarray, values: pa.Array, labels: np.ndarray
) -> Iterator[tuple[float, str]]:
    """As ``_areas``, of numbers float[N]."""
    from scipy.stats import spearmanr

    if len(labels) < _FEWEST_NUMBERS or not len(known):
        return
    on = f"on {len(labels):,} test examples"
    if pa.types.is_string(values.type):
        scores = _by_value(known, known_labels[:, None], values, prior=0)[:, 0]
        how = f"|Spearman's rho| of the mean label by value, learned from {len(known):,} training examples, {on}"
    else:
        numbers, learned = _numbers(values), _numbers(known)
        middle = np.nanmedian(learned) if np.isfinite(learned).any() else 0.0
        scores, how = np.where(np.isnan(numbers), middle, numbers), f"|Spearman's rho| of the number itself, {on}"
    if np.ptp(scores) > 0 and np.ptp(labels) > 0:
        yield abs(float(spearmanr(scores, labels).statistic)), how


def _by_value(known: pa.Array, targets: np.ndarray, values: pa.Array, *, prior: int) -> np.ndarray:
    """The mean target of each value's training examples, float[N, targets]; of an unknown value that of all of them.

    The mean of all counts as ``prior`` more examples of each value: of shares, a rare value is not to outrank a frequent one.
    """
    encoded = known.dictionary_encode(null_encoding="encode")
    codes, size = encoded.indices.to_numpy(zero_copy_only=False), len(encoded.dictionary)
    overall = targets.mean(axis=0)
    sums = np.stack([np.bincount(codes, column, minlength=size) for column in targets.T], axis=1)
    means = (sums + prior * overall) / (np.bincount(codes, minlength=size)[:, None] + prior)
    found = pa.compute.index_in(values, encoded.dictionary).to_numpy(zero_copy_only=False)
    places = np.where(np.isnan(found), size, found).astype(np.int64)
    return np.vstack([means, overall])[places]


def _tree(known: np.ndarray, targets: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The shares of the classes in each example's leaf, float[N, classes]."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    settings = {"min_samples_leaf": _LEAF, "max_leaf_nodes": _LEAVES, "random_state": 0}
    if not (targets.sum(axis=1) == 1).all():  # any number of classes: their shares are the means of a regression
        means = DecisionTreeRegressor(**settings).fit(_filled(known), targets.astype(np.float64))
        return np.asarray(means.predict(_filled(numbers))).reshape(len(numbers), -1)
    tree = DecisionTreeClassifier(**settings).fit(_filled(known), targets.argmax(axis=1))
    found = np.zeros((len(numbers), targets.shape[1]))
    found[:, tree.classes_] = tree.predict_proba(_filled(numbers))
    return found


def _filled(numbers: np.ndarray) -> np.ndarray:
    """float32[N, 2]: the numbers, 0 where they are missing; and whether they are."""
    missing = np.isnan(numbers)
    return np.stack([np.where(missing, 0, numbers), missing], axis=1)


def _lowest(scores: np.ndarray, labels: np.ndarray, scored: np.ndarray) -> float:
    """The lowest AUC of a class, or one that shows already that there is no leak."""
    lowest = 1.0
    for index in scored:
        lowest = min(lowest, _auc(scores[:, index], labels[:, index]))
        if lowest <= SCORE:
            break
    return lowest


def _auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Ties count half (Hanley and McNeil, 1982)."""
    from scipy.stats import rankdata

    count = positive.sum()
    below = rankdata(scores)[positive].sum() - count * (count + 1) / 2
    return float(below / (count * (len(positive) - count)))


def _numbers(values: pa.Array) -> np.ndarray:
    """float32[N], NaN where missing."""
    found = values.to_numpy(zero_copy_only=False).astype(np.float32)
    return np.where(np.isfinite(found), found, np.nan)
