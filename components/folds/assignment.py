"""Which fold each example is in: by a hash of its key, equal keys together, every class in every fold; or by its time."""

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from schemas.errors import InputError

_MOST_QUANTILES = 10
_DIGEST_BYTES = 8
_MOST_NAMED = 8  # rare classes


@dataclass(frozen=True)
class Assignment:
    """Folds of N examples.

    Attributes:
      fold: int64[N], from 0.
      evaluates: bool[N]: whether an example stops the trainings whose judge its fold is not, instead of being learned from.
      strata: what each fold has as much of as any other: ``classes``, ``label quantiles``, or "" for nothing.
      notes: what could not be done as wished, and why.
    """

    fold: np.ndarray
    evaluates: np.ndarray
    strata: str
    notes: tuple[str, ...]


def assign(
    keys: Sequence[str],
    labels: np.ndarray,
    classes: tuple[str, ...] | None,
    folds: int,
    eval_share: float,
    salt: str = "",
) -> Assignment:
    """Divides examples into folds, and each fold into rows to learn from and rows to stop a training by.

    The order in which examples are dealt out is that of a hash of their keys, so that it depends neither on the order of the
    source nor on how it was read. Folds are stratified by class, or by the label's quantiles of a regression.

    Args:
      keys: N; equal ones stay in one fold, and on one side of it.
      labels: int64[N], class indices; or float[N].
      classes: the names of the classes, None for a regression.
      folds: at least 2.
      eval_share: of each fold, between 0 and 1, both not included.
      salt: another one divides the same examples in another way.

    Raises:
      InputError: there are too few different keys.
    """
    groups = hash_ranks(keys, salt)
    different = len(np.unique(groups))
    if different < 2 * folds:
        what = f"{different} examples of different key" if different < len(keys) else f"{different} examples"
        raise InputError(
            f"{what} cannot be divided into {folds} folds of at least 2 each; use at most {different // 2} folds, or more rows"
        )
    strata, what, notes = _strata(labels, classes, folds, different)
    fold = np.zeros(len(keys), np.int64)
    evaluates = np.zeros(len(keys), bool)
    for number, rows in enumerate(_parts(groups, strata, folds)):
        fold[rows] = number
        evaluates[rows] = _eval_part(groups[rows], strata[rows], eval_share)
    return Assignment(fold, evaluates, what, notes)


def by_time(times: np.ndarray, folds: int, eval_share: float, until: np.ndarray | None = None) -> Assignment:
    """Divides examples into ``folds`` + 1 parts that follow each other in time; part 0, the oldest, judges nothing.

    Examples of equal time are in one part, and on one side of it: the newest of a part stop the trainings.

    Args:
      times: N, of any number.
      folds: at least 2.
      eval_share: of each part, between 0 and 1, both not included.
      until: N, the last times that their labels reach to. An example whose label reaches into the next part, or from one side
        of its part into the other, is in none: its fold is -1.

    Raises:
      InputError: there are too few different times; or a part is left without examples, as their labels reach out of it.
    """
    unique, place, counts = np.unique(times, return_inverse=True, return_counts=True)
    parts = folds + 1
    if len(unique) < 2 * parts:
        raise InputError(
            f"{len(unique)} different times cannot be divided into {folds} folds and a part before them of at least 2 each; "
            f"use at most {len(unique) // 2 - 1} folds, or rows of more times"
        )
    part = _consecutive(counts, parts, at_least=2)
    late = np.zeros(len(unique), bool)
    for number in range(parts):
        own = np.flatnonzero(part == number)
        share = np.cumsum(counts[own]) / counts[own].sum()
        first = int(np.clip(np.argmin(np.abs(share - (1 - eval_share))) + 1, 1, len(own) - 1))
        late[own[first:]] = True
    note = (
        "folds follow each other in time: each model learns from what is older than its fold; the oldest "
        f"{counts[part == 0].sum()} examples judge none"
    )
    fold = part[place]
    if until is not None:
        fold = np.where(until >= _ends(unique, part, late)[place], -1, fold)
        # The first model learns from the oldest part alone, and every other part judges one.
        if not np.isin(np.arange(parts), fold).all() or len(set(late[place][fold == 0])) < 2:
            raise InputError(
                f"labels reach so far ahead that one of {folds} folds, or the part before them, has no example whose label "
                "lies within it; use fewer folds, or a shorter horizon"
            )
    return Assignment(fold, late[place], "", (note,))


def _ends(unique: np.ndarray, part: np.ndarray, late: np.ndarray) -> np.ndarray:
    """Where the side of its part ends that each of T times is in: the first time of what follows; infinite for the last."""
    begins = unique[np.flatnonzero((np.diff(part, prepend=0) != 0) | (np.diff(late.astype(int), prepend=0) != 0))]
    found: np.ndarray = np.append(begins, np.inf)[np.searchsorted(begins, unique, side="right")]
    return found


def _consecutive(counts: np.ndarray, parts: int, at_least: int) -> np.ndarray:
    """int64[T]: of T times with so many examples each, the part that each is in: about as many examples in all."""
    ends = [0]
    whole = np.cumsum(counts)
    for number in range(1, parts):
        wanted = int(np.searchsorted(whole, whole[-1] * number / parts)) + 1
        most = len(counts) - at_least * (parts - number)
        ends.append(min(max(wanted, ends[-1] + at_least), most))
    return np.repeat(np.arange(parts), np.diff([*ends, len(counts)]))


def hash_ranks(keys: Sequence[str], salt: str) -> np.ndarray:
    """int64[N]: the rank of each key's hash among the hashes: an order of the keys that is random, and always the same."""
    # The separator keeps salt 1 with key "23" from being salt 12 with key "3".
    digests = [hashlib.sha256(f"{salt}\0{key}".encode()).digest()[:_DIGEST_BYTES] for key in keys]
    found: np.ndarray = np.unique(np.frombuffer(b"".join(digests), ">u8"), return_inverse=True)[1]
    return found


def _strata(
    labels: np.ndarray, classes: tuple[str, ...] | None, folds: int, groups: int
) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """int64[N], what they are, and notes."""
    if classes is None:
        quantiles = min(_MOST_QUANTILES, groups // folds)
        edges = np.quantile(labels, np.arange(1, quantiles) / quantiles)
        return np.searchsorted(edges, labels, side="right"), "label quantiles", ()
    counts = np.bincount(labels, minlength=len(classes))
    rare = [f"{name} {count}" for name, count in zip(classes, counts, strict=True) if 0 < count < folds]
    if counts.max() < folds:  # scikit-learn refuses strata that are all smaller
        return np.zeros_like(labels), "", (f"not stratified: no class has as many as {folds} examples",)
    more = f" and {len(rare) - _MOST_NAMED} more" if len(rare) > _MOST_NAMED else ""
    named = ", ".join(rare[:_MOST_NAMED]) + more
    notes = (f"classes of fewer examples than folds, so that some folds judge none: {named}",) if rare else ()
    return labels, "classes", notes


def _parts(groups: np.ndarray, strata: np.ndarray, count: int) -> list[np.ndarray]:
    """The rows of each of so many parts, in rising order."""
    order = np.argsort(groups, kind="stable")
    single = len(np.unique(groups)) == len(groups)
    # Of single rows both deal out the same; the other one looks at each group in Python.
    splitter = StratifiedKFold(count) if single else StratifiedGroupKFold(count)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of rare strata, which the notes name
        found = splitter.split(order, strata[order], groups[order])
        return [np.sort(order[rows]) for _, rows in found]


def _eval_part(groups: np.ndarray, strata: np.ndarray, share: float) -> np.ndarray:
    """bool[N]: about the share of a fold's rows, at least one group and not all."""
    smaller = min(share, 1 - share)
    count = max(2, min(round(1 / smaller), len(np.unique(groups))))
    if np.bincount(strata).max() < count:
        strata = np.zeros_like(strata)
    chosen = np.zeros(len(groups), bool)
    chosen[_parts(groups, strata, count)[0]] = True
    return chosen if share <= 0.5 else ~chosen
