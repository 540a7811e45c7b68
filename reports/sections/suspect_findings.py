"""Findings about the data: leaks, copies across splits, labels that may be wrong, rare classes."""

from collections.abc import Iterator

from analysis.records import Suspects
from reports import wording
from reports.sections.finding import Finding

_RARE_NAMES = 6


def of(found: Suspects, rows: int) -> Iterator[Finding]:
    """What is suspect in the data of a test split of so many rows."""
    yield from _leaks(found)
    yield from _copies(found, rows)
    yield from _labels(found)
    yield from _rare(found)


def _leaks(found: Suspects) -> Iterator[Finding]:
    for leak in found.leaks[:2]:
        yield Finding(
            95,
            "Leak",
            f"The column {leak.column} alone predicts the label ({leak.how} {wording.metric_value(leak.score)}).",
            "It may not be known when the model is used; if so, leave it out of the features.",
            "data",
        )


def _copies(found: Suspects, rows: int) -> Iterator[Finding]:
    copies = found.duplicate_count
    if copies:
        others = sum(not each.same_label for each in found.duplicates)
        yield Finding(
            70 if copies * 50 > rows else 46,  # from 2% on they move the metrics
            "Copies",
            f"{wording.count(copies, 'test example')} also {'stands' if copies == 1 else 'stand'} in another split: the "
            "metrics are a little too good.",
            f"With another label there: {others}." if others else "A key in the page's splits keeps copies together.",
            "data",
        )


def _labels(found: Suspects) -> Iterator[Finding]:
    if found.labels:
        yield Finding(
            64,
            "Labels",
            f"{wording.count(len(found.labels), 'label')} may be wrong: a model that has not learned from them contradicts "
            "them with confidence.",
            "Correct those that are wrong, or leave the rows out.",
            "data",
        )


def _rare(found: Suspects) -> Iterator[Finding]:
    if found.rare:
        names = wording.first([f"{each.name} ({each.train})" for each in found.rare], _RARE_NAMES)
        yield Finding(
            60,
            "Rare classes",
            f"{wording.count(len(found.rare), 'class', 'classes')} {'has' if len(found.rare) == 1 else 'have'} hardly "
            f"an example to learn from: {names}.",
            "Of these the model cannot be expected to recognise any.",
            "data",
        )
