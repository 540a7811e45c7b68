"""The verdict: blessed or refused and why, how good with what certainty, the checks and the handpicked cases."""

import math
from dataclasses import dataclass

from reports import case_words, wording
from reports.material import Material
from reports.ruler import Marker, Ruler
from reports.sections.section import Section
from schemas.records import Check, Interval

_CONDITIONS = {
    "threshold": "the page's threshold",
    "naive baseline": "the naive baseline",
    "last blessed": "the last blessed model, less the tolerance",
}


@dataclass(frozen=True)
class CheckRow:
    """One check, as text, with what its interval says of it."""

    condition: str
    metric: str
    value: str
    bound: str
    margin: str
    passed: bool
    certainty: str


@dataclass(frozen=True)
class CaseRow:
    """One handpicked case that was not answered as expected."""

    line: int
    why: str
    expected: str
    answered: str


@dataclass(frozen=True)
class View:
    """What the template shows: rulers of the metrics, the checks, and the handpicked cases."""

    rulers: list[Ruler]
    checks: list[CheckRow]
    examples: str
    cases: str
    failed_cases: list[CaseRow]


def section(material: Material) -> Section:
    """The section; it needs the record alone, and has no interval without the analysis."""
    verdict, cases = material.record.verdict, material.record.cases
    rows = [_check(check, intervals(material).get(check.metric)) for check in verdict.checks]
    failed = [
        CaseRow(case.line, case.why, case_words.expected(case.expect), case_words.answered(case.answer))
        for case in cases.failed
    ]
    passed = sum(check.passed for check in verdict.checks)
    lead = f"{passed} of {wording.count(len(verdict.checks), 'check')} passed"
    if verdict.baseline_note:
        lead += f"; no comparison with a blessed model: {verdict.baseline_note}"
    return Section(
        id="verdict",
        title="Checks of the verdict",
        lead=f"{lead}.",
        view=View(
            rulers(material),
            rows,
            f"{wording.count(verdict.examples, 'example')} of the {verdict.split} split",
            case_words.summary(cases) if cases.count else "",
            failed,
        ),
        absent=("Nothing has a 95% interval: analysis.json is missing.",) if not intervals(material) else (),
    )


def intervals(material: Material) -> dict[str, Interval]:
    """The metrics with their 95% intervals, by name; empty where neither the verdict nor an analysis has them."""
    measured = material.record.verdict.intervals
    return measured or (material.analysis.metrics if material.analysis else {})


def rulers(material: Material) -> list[Ruler]:
    """Of each metric with a check, and of the primary one: the value, its interval, and the bounds."""
    verdict = material.record.verdict
    names = [material.task.primary.name, *(check.metric for check in verdict.checks)]
    return [_ruler(material, name) for name in dict.fromkeys(names) if verdict.metrics.get(name) is not None]


def _ruler(material: Material, name: str) -> Ruler:
    verdict = material.record.verdict
    value = verdict.metrics[name]
    found = intervals(material).get(name, Interval(value, None, None))
    markers = [Marker(condition(check), check.bound) for check in verdict.checks if check.metric == name]
    if verdict.baseline and verdict.baseline.get(name) is not None:
        markers.append(Marker("the last blessed model", float(verdict.baseline[name] or 0)))
    metric = next((metric for metric in material.task.metrics if metric.name == name), None)
    higher = metric is None or metric.higher_is_better
    return Ruler.of(
        name, Interval(value, found.low, found.high), markers, higher=higher, most=metric.high if metric else math.inf
    )


def _check(check: Check, found: Interval | None) -> CheckRow:
    return CheckRow(
        condition(check),
        wording.metric(check.metric),
        wording.metric_value(check.value),
        wording.metric_value(check.bound),
        wording.signed(check.margin),
        check.passed,
        certainty(check, found),
    )


def certainty(check: Check, found: Interval | None) -> str:
    """Whether the sample is large enough for the check's outcome to be more than chance, in a few words."""
    if found is None or found.low is None or found.high is None:
        return "unknown: no interval"
    if found.low < check.bound < found.high:
        return "uncertain: the bound lies within the interval"
    return "certain at 95%"


def uncertain(material: Material) -> list[Check]:
    """The checks of thresholds whose bound lies within the metric's interval."""
    found = intervals(material)
    return [
        check
        for check in material.record.verdict.checks
        if check.kind == "threshold" and certainty(check, found.get(check.metric)).startswith("uncertain")
    ]


def condition(check: Check) -> str:
    """What a check compares with, in words."""
    return _CONDITIONS.get(check.kind, check.kind)


def primary(material: Material) -> Interval:
    """The primary metric with its interval, which is unknown without an analysis."""
    name = material.task.primary.name
    found = intervals(material)
    if name in found:
        return found[name]
    return Interval(material.record.verdict.metrics.get(name), None, None)
