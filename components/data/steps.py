"""The step between the times of a series: which place on it each time has."""

from dataclasses import dataclass

import numpy as np

from components.data.times import Kind
from schemas.errors import InputError

_SECOND = 1_000_000
_DAY = 24 * 3600 * _SECOND
_MONTHS = {1: "month", 3: "quarter", 12: "year"}
_UNITS = {_DAY * 7: "week", _DAY: "day", 3600 * _SECOND: "hour", 60 * _SECOND: "minute", _SECOND: "second"}
_SEASONS = {"hour": 24, "day": 7, "week": 52, "month": 12, "quarter": 4}


@dataclass(frozen=True)
class Steps:
    """Where N rows stand on their series' steps.

    Attributes:
      places: int64[N], from 0 in each series; rows of a series have rising ones.
      words: the step, such as ``1 day``; ``row`` where times between rows do not count.
      season: after how many steps a series is thought to repeat itself; 1 for none.
    """

    places: np.ndarray
    words: str
    season: int


def found(series: np.ndarray, times: np.ndarray, kind: Kind, column: str) -> Steps:
    """The step that the times of all series have.

    Args:
      series: int64[N], rising: which series a row is of.
      times: int64[N], microseconds, or float64[N]; rising within a series, no two equal.
      kind: of the times.
      column: for errors.

    Raises:
      InputError: there is no step of which all differences are multiples.
    """
    within = np.diff(series) == 0
    differences = np.diff(times)[within]
    if not len(differences):
        raise InputError(f"column {column!r}: no series has two times, and a forecast needs a series")
    step = _most_frequent(differences)
    if _fits(differences, step):
        name, season = _named(step) if kind is not Kind.NUMBER else (f"{step:g}", 1)
        return Steps(np.round(_places(series, times) / step).astype(np.int64), name, season)
    if kind is not Kind.NUMBER and (months := _months(times)) is not None:
        step = _most_frequent(np.diff(months)[within])
        if step > 0 and _fits(np.diff(months)[within], step):
            unit = _MONTHS.get(int(step), "")
            words = f"1 {unit}" if unit else f"{step} months"
            return Steps(_places(series, months) // int(step), words, _SEASONS.get(unit, 1))
    raise InputError(
        f"column {column!r}: the times of a series are not in equal steps (the most frequent one is {_shown(step, kind)}, and "
        "others are no multiples of it); make them so, or say gaps='ignore' in the task, by which rows follow each other "
        "whatever time is between them"
    )


def of_rows(series: np.ndarray) -> Steps:
    """Rows one after the other, whatever times are between them."""
    return Steps(_places(series, np.arange(len(series))), "row", 1)


def _most_frequent(values: np.ndarray) -> float:
    unique, counts = np.unique(values, return_counts=True)
    step: float = unique[np.argmax(counts)].item()
    return step


def _fits(differences: np.ndarray, step: float) -> bool:
    parts = differences / step
    return bool(step > 0 and np.all(np.abs(parts - np.round(parts)) < 1e-6) and parts.min() > 0.5)


def _places(series: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The distance of each number from its series' first."""
    return numbers - numbers[_first(series)]


def _first(series: np.ndarray) -> np.ndarray:
    """int64[N]: the row with which each row's series begins."""
    begins = np.flatnonzero(np.diff(series, prepend=-1))
    return np.repeat(begins, np.diff([*begins, len(series)]))


def _months(times: np.ndarray) -> np.ndarray | None:
    """int64[N] months since 1970, where all times are at the same place in theirs: one day and hour, or the last day."""
    moments = times.astype("datetime64[us]")
    months = moments.astype("datetime64[M]")
    into = (moments - months).astype(np.int64)
    left = ((months + 1).astype("datetime64[us]") - moments).astype(np.int64)
    if len(np.unique(into)) > 1 and len(np.unique(left)) > 1:
        return None
    return months.astype(np.int64)


def _named(step: float) -> tuple[str, int]:
    for size, unit in _UNITS.items():
        if step % size == 0:
            count = int(step // size)
            return f"{count} {unit}{'s' if count > 1 else ''}", _SEASONS.get(unit, 1) if count == 1 else 1
    return f"{step / _SECOND:g} seconds", 1


def _shown(step: float, kind: Kind) -> str:
    return f"{step:g}" if kind is Kind.NUMBER else _named(step)[0]
