"""Slices that no one declared: groups of examples by one or two columns whose loss is significantly worse than all others'.

Every group of ``analysis.groups`` is tried, and every one of two columns. Welch's test, one-sided, compares its mean loss with
that of all other examples. A group of two columns must be worse than the rest of either column's group too: its p-value is the
largest of the three (an intersection-union test; Berger, 1982), so that what one column explains alone is not said twice.
Benjamini and Hochberg's procedure (1995) over all that were tried keeps the expected share of chance findings below
``FALSE_DISCOVERIES``. Of these a group of one column is left out again where found groups of two explain it: without their
examples it is no longer worse than the others.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from analysis import group_tests, groups, overall
from analysis.declarations import Declarations, Group
from analysis.groups import SMALLEST, Grouping
from analysis.predictions import Predictions
from analysis.records import FoundSlice

FALSE_DISCOVERIES = 0.05
MOST = 20  # slices that are given
MOST_CROSSED = 80  # columns: their pairs grow with the square
_MOST_COMPARED = 10 * MOST
_CUT = 0.99  # squared errors above this quantile count as it: a single huge one would hide every difference


class FoundSlices(NamedTuple):
    """What was found.

    Attributes:
      slices: the most significant first, at most ``MOST``.
      tried: how many groups were tried.
      notes: what was left out, and why.
    """

    slices: tuple[FoundSlice, ...]
    tried: int
    notes: tuple[str, ...]


def found(predictions: Predictions) -> FoundSlices:
    """The groups of at least ``groups.SMALLEST`` examples that are worse than all others, of which there are as many.

    Args:
      predictions: with the raw columns but pictures, and those of the page's slices.
    """
    from scipy.stats import false_discovery_control

    columns = groups.groupings(predictions) if len(predictions) >= 2 * SMALLEST else ()
    losses = _finite(predictions.loss)
    tests = group_tests.run(columns, _cut(losses) if predictions.classes is None else losses, MOST_CROSSED)
    notes = tuple(_notes(predictions, columns))
    if not len(tests.p_values):
        return FoundSlices((), 0, notes)
    q_values = false_discovery_control(tests.p_values)
    order = np.lexsort((-tests.excess, tests.p_values))
    significant = order[q_values[order] < FALSE_DISCOVERIES][:_MOST_COMPARED]
    all_found = {test: _group(columns, tests.columns[test], tests.codes[test]) for test in significant}
    kept = [test for test, group in all_found.items() if not _explained(group, all_found.values(), losses)][:MOST]
    declarations = Declarations(predictions.info, [all_found[test] for test in kept])
    slices = tuple(
        _slice(predictions, all_found[test], tests.p_values[test], q_values[test], declarations) for test in kept
    )
    return FoundSlices(slices, len(tests.p_values), notes)


def _finite(losses: np.ndarray) -> np.ndarray:
    """An infinite loss counts as the largest other one, 0 without one."""
    finite = np.isfinite(losses)
    return np.where(finite, losses, losses[finite].max(initial=0))


def _cut(losses: np.ndarray) -> np.ndarray:
    return np.minimum(losses, np.quantile(losses, _CUT)) if len(losses) else losses


def _group(columns: Sequence[Grouping], places: np.ndarray, codes: np.ndarray) -> Group:
    return tuple(
        (columns[place], int(code)) for place, code in zip(places, codes, strict=True) if place != group_tests.NONE
    )


def _explained(group: Group, found: Iterable[Group], losses: np.ndarray) -> bool:
    """Whether a group of one column is worse than all others for the sake of found groups of two that are part of it."""
    if len(group) > 1:
        return False
    inside = _members(group)
    rest = inside.copy()
    for other in found:
        if len(other) > 1 and any(part == group[0] for part in other):
            rest &= ~_members(other)
    if (left := rest.sum()) == inside.sum():
        return False
    parts = (group_tests.moments_of(losses[chosen]) for chosen in (rest, ~inside))
    return bool(left < SMALLEST or group_tests.p_values(*parts) >= FALSE_DISCOVERIES)


def _members(group: Group) -> np.ndarray:
    """bool[N]: which examples are in it."""
    return np.logical_and.reduce([grouping.codes == code for grouping, code in group])


def _slice(
    predictions: Predictions, group: Group, p_value: float, q_value: float, declarations: Declarations
) -> FoundSlice:
    inside, losses = _members(group), _finite(predictions.loss)
    primary = predictions.task.primary.name
    scores = overall.contributions(predictions)[primary]
    return FoundSlice(
        slice={grouping.name: grouping.groups[code] for grouping, code in group},
        examples=int(inside.sum()),
        loss=float(losses[inside].mean()),
        other_loss=float(losses[~inside].mean()),
        metric=overall.of_mean(primary, scores[inside].mean(axis=0)),
        other_metric=overall.of_mean(primary, scores[~inside].mean(axis=0)),
        p_value=float(p_value),
        q_value=float(q_value),
        declaration=declarations.of(group),
    )


def _notes(predictions: Predictions, columns: Sequence[Grouping]) -> Iterator[str]:
    pictures = [column for column, kind in predictions.info.inputs.items() if kind == "image"]
    if len(predictions) < 2 * SMALLEST:
        yield f"No slices were searched: {len(predictions)} examples are fewer than two groups of {SMALLEST}."
    elif not columns and pictures:
        yield (
            f"No slices were searched: {', '.join(pictures)} is a picture, which has no groups; each class has its scores."
        )
    elif not columns:
        yield "No slices were searched: no column has groups of at least two values, ranges or lengths."
    if len(columns) > MOST_CROSSED:
        yield f"Of {len(columns)} columns the first {MOST_CROSSED} were crossed with each other."
    if lost := int((~predictions.finite).sum()):
        yield f"{lost} answers are not finite; in the search for slices each counts as the largest finite loss."
