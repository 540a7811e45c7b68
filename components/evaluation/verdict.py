"""Is the model good enough? Every check with its margin, so that people see which one decided and by how much."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from analysis import caution
from components.data.summary import Summary, class_counts, moments, rows_by_class
from schemas.columns import labels_of
from schemas.records import Check, ContractResult, Interval, Metrics, SliceResult, Verdict
from schemas.splits import TRAIN
from schemas.tasks import SEVERAL, Classification, Forecast, MultiLabel, Task
from schemas.tasks.several import named
from schemas.thresholds import VALUE, Threshold, bound_of

SMALLEST_SLICE = 10  # a slice of fewer examples is not called the worst: one mistake would move it too far


def judge(
    task: Task,
    overall: SliceResult,
    slices: Sequence[SliceResult],
    *,
    split: str,
    thresholds: dict[str, Threshold],
    naive: dict[str, float],
    baseline: Metrics | None,
    tolerance: float,
    note: str | None,
    contracts: Sequence[ContractResult] = (),
) -> Verdict:
    """The verdict on a candidate: it is blessed if every check passes.

    Args:
      overall: its metrics on all examples; ``slices``: by slice, which decide nothing.
      split: whose examples they are.
      thresholds, naive, baseline, tolerance: see ``checks``.
      note: why it is not compared with the last blessed model, None if it is.
      contracts: how the page's behaviour contracts were kept; a check each, where any example could be tried.
    """
    found = checks(task, overall.metrics, thresholds, naive, baseline, tolerance, overall.intervals)
    found += [_of_contract(result) for result in contracts if result.passed is not None]
    return Verdict(
        blessed=all(check.passed for check in found),
        checks=tuple(found),
        split=split,
        examples=overall.examples,
        metrics=overall.metrics,
        naive=naive,
        baseline=baseline,
        slices=tuple(slices),
        worst_slice=worst_slice(task, slices),
        baseline_note=note,
        intervals=overall.intervals,
        contracts=tuple(contracts),
        caution=caution.of(task.primary, overall.intervals[task.primary.name], overall.examples)
        if task.primary.name in overall.intervals
        else "",
    )


def checks(
    task: Task,
    metrics: Metrics,
    thresholds: dict[str, Threshold],
    naive: dict[str, float],
    baseline: Metrics | None,
    tolerance: float,
    intervals: Mapping[str, Interval] = MappingProxyType({}),
) -> list[Check]:
    """All checks of a candidate.

    Args:
      metrics: the candidate's overall metrics by name.
      thresholds: by metric name.
      naive: the naive baseline's primary metric; or several, each of which the candidate's must be better than.
      baseline: the last blessed model's metrics on the same examples, None if there is none to compare with.
      tolerance: the share by which the primary metric may be worse than the baseline's.
      intervals: of ``metrics``; needed for the thresholds that bound one.
    """
    # A fixed order: verdict.json, the model card and the terminal list the checks as they come.
    found = [_threshold_check(task, name, metrics, intervals, threshold) for name, threshold in thresholds.items()]
    primary = task.primary
    # Strictly better: a constant answer reaches the naive baseline itself, and must not be blessed.
    found += [_check("naive baseline", task, name, metrics, reached, strict=True) for name, reached in naive.items()]
    reached = baseline[primary.name] if baseline is not None else None
    if reached is not None:
        # By default a share and not an amount, so that one tolerance fits accuracies and errors in any unit.
        factor = 1 - tolerance if primary.higher_is_better else 1 + tolerance
        found.append(_check("last blessed", task, primary.name, metrics, reached * factor))
    return found


def _of_contract(result: ContractResult) -> Check:
    share = result.share or 0.0
    return Check("contract", result.contract, share, result.bound, share - result.bound, bool(result.passed))


def _threshold_check(
    task: Task, name: str, metrics: Metrics, intervals: Mapping[str, Interval], threshold: Threshold
) -> Check:
    bound = bound_of(threshold, task.metric(name))
    if bound.of == VALUE:
        return _check("threshold", task, name, metrics, bound.bound)
    measured = {name: bound.measured(intervals[name])}
    return dataclasses.replace(_check("threshold", task, name, measured, bound.bound), of=bound.of)


def _check(kind: str, task: Task, name: str, metrics: Metrics, bound: float, *, strict: bool = False) -> Check:
    value = metrics[name]
    if value is None:
        return Check(kind, name, None, bound, None, False)
    margin = value - bound if task.metric(name).higher_is_better else bound - value
    return Check(kind, name, value, bound, margin, margin > 0 if strict else margin >= 0)


def naive_baseline(task: Task, summary: Summary, split: str) -> dict[str, float]:
    """What a model reaches that ignores its input: the train split's majority class (the median one where they have an order),
    or its mean. Where an answer is several classes: the train split's most frequent ones, as many as reach the best F1 there.

    Args:
      summary: ExampleGen's.
      split: the one that is judged.

    Returns:
      The primary metric: accuracy, the mean distance of ranks, or the root of the mean squared error, in the label's unit or
      of its logarithm. Of a forecast, whose errors are scaled by those of the last-value and of the seasonal forecast, both
      scaled errors: 1. Of several tasks the primary metric of each.
    """
    if task.kind == SEVERAL:
        return {
            named(part, name): value
            for part in task.parts
            for name, value in naive_baseline(part, summary, split).items()
        }
    if isinstance(task, Forecast):
        return {"mase": 1.0, "seasonal_mase": 1.0}
    train, judged = (summary["splits"][name]["labels"][task.label] for name in (TRAIN, split))
    if isinstance(task, MultiLabel):
        (label,) = labels_of(task)
        learned_rows, judged_rows = (np.array(rows_by_class(labels, label)) for labels in (train, judged))
        size, judged_size = (summary["splits"][name]["rows"] for name in (TRAIN, split))
        return {task.primary.name: _f1_of_most_frequent(learned_rows, judged_rows, size, judged_size)}
    if isinstance(task, Classification):
        learned, counts = class_counts(train), class_counts(judged)
        if task.ordered:
            return {task.primary.name: _distance_from_median(learned, counts)}
        # Of classes equally frequent the last one, so that the bound does not depend on the order in which blocks ended.
        majority = max(learned, key=lambda index: (learned[index], index))
        return {task.primary.name: counts.get(majority, 0) / sum(counts.values())}
    constant, found = (moments(label, log=task.log_label) for label in (train, judged))
    # The mean squared distance from a constant: the variance, and the square of the mean's distance from it.
    return {task.primary.name: math.sqrt(found["m2"] / found["n"] + (found["mean"] - constant["mean"]) ** 2)}


def _f1_of_most_frequent(learned: np.ndarray, judged: np.ndarray, rows: int, judged_rows: int) -> float:
    """The micro-averaged F1 of the same classes as every answer; how many rows have each class, int64[classes], and are."""
    order = np.argsort(-learned, kind="stable")
    scores = [_f1(learned[order[:count]].sum(), learned.sum(), count * rows) for count in range(1, len(order) + 1)]
    chosen = order[: int(np.argmax(scores)) + 1]
    return _f1(judged[chosen].sum(), judged.sum(), len(chosen) * judged_rows)


def _f1(right: int, positive: int, answered: int) -> float:
    return float(2 * right / (positive + answered)) if positive + answered else 0.0


def _distance_from_median(learned: Mapping[str, int], judged: Mapping[str, int]) -> float:
    """The mean distance of ranks to the median one of the train split, the constant that is nearest to its labels."""
    half, seen, median = sum(learned.values()) / 2, 0, 0
    for median in sorted(map(int, learned)):
        seen += learned[str(median)]
        if seen >= half:
            break
    return sum(abs(int(index) - median) * count for index, count in judged.items()) / sum(judged.values())


def worst_slice(task: Task, slices: Sequence[SliceResult]) -> SliceResult | None:
    """The slice with the worst primary metric, of those with at least SMALLEST_SLICE examples."""
    name = task.primary.name
    judged = [(s.metrics[name], s) for s in slices if s.examples >= SMALLEST_SLICE]
    known = [(value, found) for value, found in judged if value is not None]
    worst = min if task.primary.higher_is_better else max
    return worst(known, key=lambda pair: pair[0])[1] if known else None
