"""The verdict: blessed or refused and why, how good with what certainty, the checks and the handpicked cases."""

import math
from dataclasses import dataclass
from typing import Any

from analysis.predictions import INPUT
from reports import case_words, wording
from reports.material import Material
from reports.pictures import Picture
from reports.ruler import FAR, Marker, Ruler
from reports.sections import inputs
from reports.sections.section import Section
from schemas import request
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.records import Check, ContractResult, Interval

CONTRACT = "contract"
_CONDITIONS = {
    "threshold": "the page's threshold",
    "naive baseline": FAR,
    "last blessed": "the last blessed model, less the tolerance",
    CONTRACT: "the page's contract",
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
    pictures: list[Picture]
    input: str


@dataclass(frozen=True)
class ContractRow:
    """How one behaviour contract was kept; ``passed`` is None where nothing was tried."""

    contract: str
    examples: str
    share: str
    bound: str
    passed: bool | None
    broken: str


@dataclass(frozen=True)
class View:
    """What the template shows: the checks, the behaviour contracts and the handpicked cases."""

    checks: list[CheckRow]
    examples: str
    cases: str
    failed_cases: list[CaseRow]
    contracts: list[ContractRow]


def section(material: Material) -> Section:
    """The section; it needs the record alone, and has no interval without the analysis."""
    verdict, cases = material.record.verdict, material.record.cases
    rows = [_check(check, intervals(material).get(check.metric)) for check in verdict.checks]
    failed = [
        CaseRow(
            case.line,
            case.why,
            case_words.expected(case.expect),
            case_words.answered(case.answer),
            *_case_input(material.record.card, case.input),
        )
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
            rows,
            f"{wording.count(verdict.examples, 'example')} of the {verdict.split} split",
            case_words.summary(cases) if cases.count else "",
            failed,
            [_contract(each) for each in verdict.contracts],
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
        wording.metric(name),
        Interval(value, found.low, found.high),
        markers,
        higher=higher,
        most=metric.high if metric else math.inf,
    )


def _check(check: Check, found: Interval | None) -> CheckRow:
    return CheckRow(
        condition(check),
        measured(check),
        wording.metric_value(check.value),
        wording.metric_value(check.bound),
        wording.signed(check.margin),
        check.passed,
        certainty(check, found),
    )


def certainty(check: Check, found: Interval | None) -> str:
    """Whether the sample is large enough for the check's outcome to be more than chance, in a few words."""
    if check.of != "value":
        return "the interval itself is judged"
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


def _case_input(card: ModelCard, value: Any) -> tuple[list[Picture], str]:
    """A case's input in a cell; nothing where an older version did not record it."""
    if value is None:
        return [], ""
    try:
        columns = request.parse(card, value)
    except InputError:
        return [], "the model cannot read it"
    kinds = {name: each["type"] for name, each in card.inputs.items()}
    return inputs.summary({INPUT + name: cell for name, cell in columns.items()}, kinds)


def _contract(found: ContractResult) -> ContractRow:
    return ContractRow(
        found.contract,
        f"{found.examples:,}",
        wording.share(found.share),
        wording.share(found.bound),
        found.passed,
        wording.first([wording.short(key, 40) for key in found.broken], 3),
    )


def measured(check: Check) -> str:
    """What a check compares, in words: a metric, an end of its interval, or a contract's share."""
    if check.kind == CONTRACT:
        return f"the share that keeps {wording.short(check.metric, 48)}"
    return wording.metric(check.metric) if check.of == "value" else f"the {check.of} of {wording.metric(check.metric)}"


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
