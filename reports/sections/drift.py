"""The checks of new data against this version (`slipway drift`), the newest in full."""

from dataclasses import dataclass

from analysis.drift import INFINITY, AnswerDrift, ColumnDrift, Drift
from reports import wording
from reports.sections.section import Section

MOST = 10
"""Checks that are shown."""
_SHORT = {INFINITY: "L-infinity"}


@dataclass(frozen=True)
class View:
    """What the template shows.

    Attributes:
      newest: the last check.
      columns: of it: name, distance, bound, missing before and after, what changed, and whether it is over.
      answers: of it, in words; "" where the model was not asked.
      history: all checks, the newest first: when, source, rows and outcome.
    """

    newest: Drift
    columns: list[tuple[str, str, str, str, str, bool]]
    answers: str
    history: list[tuple[str, str, str, str]]


def section(checks: tuple[Drift, ...]) -> Section:
    """The section of at least one check, the newest first."""
    newest = checks[0]
    return Section(
        id="drift",
        title="Drift",
        lead=f"{wording.count(newest.rows, 'new row')} of {newest.source}, checked {_when(newest.at)}: {outcome(newest)}.",
        badge=str(len(over(newest))) if newest.over else "",
        view=View(
            newest,
            [_column(one) for one in newest.columns],
            _answers(newest.answers) if newest.answers else "",
            [(_when(one.at), one.source, f"{one.rows:,}", outcome(one)) for one in checks],
        ),
        notes=newest.notes,
    )


def outcome(found: Drift) -> str:
    """The verdict in a few words."""
    if not found.judged:
        return "too few rows to judge"
    return f"over the bounds: {wording.first(over(found))}" if found.over else "everything is within its bounds"


def over(found: Drift) -> list[str]:
    """What is over its bound."""
    names = [one.column for one in found.columns if one.over]
    names += ["the answers"] if found.answers is not None and found.answers.over else []
    return names + (["the schema"] if found.anomalies else [])


def _when(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC"


def _column(one: ColumnDrift) -> tuple[str, str, str, str, str, bool]:
    measure = _SHORT.get(one.measure, "Jensen-Shannon")
    distance = "not compared" if one.distance is None else f"{one.distance:.3f} ({measure})"
    bound = "none" if one.bound is None else f"{one.bound:g}"
    missing = f"{wording.share(one.missing_before)} → {wording.share(one.missing)}"
    return one.column, distance, bound, missing, one.change, one.over


def _answers(found: AnswerDrift) -> str:
    measure = _SHORT.get(found.measure, "Jensen-Shannon")
    text = f"The answers differ from those to the test split by {found.distance:.3f} ({measure}, bound {found.bound:g})"
    if found.p_value is not None:
        text += f"; a difference as large is by chance with a probability of {wording.number(found.p_value, 2)}"
    what = "confidence" if found.shares else "answer"
    return f"{text}. The mean {what} went from {wording.number(found.mean_before)} to {wording.number(found.mean)}."
