"""What a reader should know first: sentences from all that was found, the most important first."""

import dataclasses
from collections.abc import Iterator

from analysis.comparison import WORSE
from analysis.error_records import ClassificationErrors
from analysis.records import Analysis
from reports import wording
from reports.material import Material
from reports.sections import (
    attributions,
    comparison,
    errors,
    multi_label,
    residuals,
    slices,
    suspect_findings,
    training,
    verdict,
)
from reports.sections.finding import Finding
from schemas.tasks import CLASSES, Task

MOST = 8
_MORE = 3  # for each label more
_FEW = 100  # examples of a test split: below, every metric's interval is wide
_ECE = 0.05
_GAIN = 0.02  # of F1, by another threshold
_THRESHOLD = 0.5  # of a binary classification


def findings(material: Material) -> list[Finding]:
    """The findings of all parts that are there: at most ``MOST``, and a few more of several labels."""
    found = [*_verdict(material), *_contracts(material), *_cases(material)]
    if material.analysis:
        found += _fit(material, material.analysis)
    for one in material.each:
        found += [_named(finding, one) for finding in _of_label(one)]
    most = MOST + _MORE * (len(material.each) - 1)
    return sorted(found, key=lambda finding: -finding.weight)[:most]


def _of_label(material: Material) -> Iterator[Finding]:
    yield from _before(material)
    if material.analysis:
        yield from suspect_findings.of(material.analysis.suspects, material.analysis.rows)
        for each in (_errors, _slices, _calibration, _causes):
            yield from each(material, material.analysis)


def _named(finding: Finding, material: Material) -> Finding:
    """The finding of one of several labels, with its name; what is more stands in its part of the section."""
    if not material.number:
        return finding
    anchor = f"{finding.anchor}-{material.number}"
    return dataclasses.replace(finding, title=f"{material.task.label}: {finding.title}", anchor=anchor)


def _verdict(material: Material) -> Iterator[Finding]:
    examples = material.record.verdict.examples
    doubtful = verdict.uncertain(material)
    if doubtful:
        check = doubtful[0]
        found = verdict.intervals(material)[check.metric]
        outcome = "passed" if check.passed else "failed"
        yield Finding(
            84 if examples < _FEW else 58,
            "Certainty",
            f"The check of {wording.metric(check.metric)} {outcome}, but {wording.count(examples, 'example')} "
            f"{'is' if examples == 1 else 'are'} too few to be sure.",
            f"Its 95% interval, {wording.interval(found)}, holds the bound {wording.metric_value(check.bound)}: another test "
            "split of this size might have been judged otherwise.",
            "verdict",
        )
    elif examples < _FEW:
        yield Finding(
            82,
            "Certainty",
            f"The test split has {wording.count(examples, 'example')}: every figure here is rough.",
            "See the intervals rather than the values.",
            "verdict",
        )


def _contracts(material: Material) -> Iterator[Finding]:
    for each in material.record.verdict.contracts:
        if each.passed is False:
            yield Finding(
                90,
                "Contract",
                f"The contract {wording.short(each.contract, 80)} is broken: {wording.share(each.share)} of "
                f"{wording.count(each.examples, 'changed example')} keep it; the page asks for {wording.share(each.bound)}.",
                f"Broken by the examples with the keys {wording.first(each.broken, 3)}." if each.broken else "",
                "verdict",
            )


def _errors(material: Material, found: Analysis) -> Iterator[Finding]:
    if found.classification and material.task.kind == CLASSES:
        detail = multi_label.weakest(found.classification)
        yield Finding(76, "Errors", multi_label.summary(found, found.classification), detail, "errors")
        yield from _threshold(material.task, found.classification)
    elif found.classification:
        detail = _weakest(found)
        yield Finding(76, "Errors", errors.summary(found.classification), detail, "errors")
        yield from _threshold(material.task, found.classification)
    if found.regression:
        leaning = residuals.leaning(found.regression)
        yield Finding(76, "Errors", residuals.summary(found.regression), f"{leaning}." if leaning else "", "errors")


def _threshold(task: Task, found: ClassificationErrors) -> Iterator[Finding]:
    at = getattr(task, "threshold", _THRESHOLD)
    now = min(found.thresholds, key=lambda each: abs(each.threshold - at), default=None)
    other = next((each for each in found.thresholds if each.threshold == found.best_threshold), None)
    if now and other and other.f1 is not None and other.f1 > (now.f1 or 0) + _GAIN:
        yield Finding(
            40,
            "Threshold",
            f"F1 would be {other.f1:.3f} instead of {now.f1 or 0:.3f} with a threshold of {other.threshold:.2f}.",
            f"The recall would be {wording.metric_value(other.recall)}, and the precision "
            f"{wording.metric_value(other.precision)}.",
            "errors",
        )


def _weakest(found: Analysis) -> str:
    """The class with the lowest recall of those with five examples or more; of two classes their recalls."""
    assert found.classification is not None
    classes = [each for each in found.classification.per_class if each.support]
    if len(found.classification.classes) == 2:
        recalls = [
            f"“{each.name}” {wording.share(each.recall.value)}" for each in classes if each.recall.value is not None
        ]
        return f"Of the examples of {wording.listed(recalls)} are recognised."
    known = [each for each in classes if each.support >= 5 and each.recall.value is not None]
    if not known or not errors.wrong(found.classification):
        return ""
    worst = min(known, key=lambda each: each.recall.value or 0)
    return (
        f"Recognised worst is “{worst.name}”: {wording.share(worst.recall.value)} of its "
        f"{wording.count(worst.support, 'example')} ({wording.share(worst.recall.low)} to {wording.share(worst.recall.high)})."
    )


def _slices(material: Material, found: Analysis) -> Iterator[Finding]:
    if found.slices:
        worst, more = found.slices[0], len(found.slices) - 1
        others = f" {'One more was' if more == 1 else f'{more} more were'} found." if more else ""
        how = (
            "To judge it in each run, add to the page's slices:"
            if worst.declaration
            else "The page declares it already."
        )
        yield Finding(
            80,
            "Slice",
            f"It is significantly worse where {_where(worst.slice)}: {wording.metric(found.primary)} "
            f"{wording.metric_value(worst.metric)} on {wording.count(worst.examples, 'example')}, against "
            f"{wording.metric_value(worst.other_metric)} elsewhere.",
            f"Of {found.tried:,} groups that were tried, chance alone would hardly show this one (q = "
            f"{wording.number(worst.q_value, 2)}).{others} {how}",
            "slices",
            paste=worst.declaration,
        )
    else:
        yield from _weakest_slice(material, found.primary)


def _weakest_slice(material: Material, metric: str) -> Iterator[Finding]:
    weakest = material.record.verdict.worst_slice
    if weakest and weakest.metrics.get(metric) is not None:
        worse = slices.worse(weakest, material)
        yield Finding(
            56 if worse else 34,
            "Slice",
            f"The weakest declared slice is {wording.named_slice(weakest.slice)}: {wording.metric(metric)} "
            f"{wording.metric_value(weakest.metrics[metric])} on {wording.count(weakest.examples, 'example')}.",
            f"Its 95% interval is {wording.interval(weakest.intervals.get(metric))}"
            + (", worse than all examples even at its better end." if worse else "."),
            "slices",
        )


def _where(slice_: dict[str, str]) -> str:
    return wording.listed([f"{column} is {value}" for column, value in slice_.items()])


def _fit(material: Material, found: Analysis) -> Iterator[Finding]:
    fit = found.fit
    if fit and fit.kind != "unknown":
        weight = 36 if fit.kind == "good fit" else 86
        yield Finding(
            weight,
            "Fit",
            fit.sentence,
            wording.sentence(fit.why) if fit.suggestion else "",
            "training",
            training.command(material),
        )


def _calibration(material: Material, found: Analysis) -> Iterator[Finding]:
    if found.classification is None or found.classification.calibration.ece < _ECE:
        return
    calibration = found.classification.calibration
    total = sum(each.rows for each in calibration.bins) or 1
    gap = sum(each.rows * (each.confidence - (each.accuracy.value or 0)) for each in calibration.bins) / total
    word = "too high" if gap > 0 else "too low"
    several = material.task.kind == CLASSES
    what = "probability" if several else "confidence"
    yield Finding(
        44,
        "Confidence",
        f"Its {what} is {word}, by {wording.share(abs(gap))} on average; the expected calibration error is "
        f"{calibration.ece:.3f}.",
        "" if several else "Do not read the confidence as a probability.",
        "errors",
    )


def _causes(material: Material, found: Analysis) -> Iterator[Finding]:
    wrong = attributions.explained(material)
    pushes = attributions.pushes(wrong)
    if not pushes:
        return
    times = {1: "once"}
    quoted = {True: "“{}”", False: "{}"}[attributions.by_word(wrong, material)]
    names = [
        f"{quoted.format(each.name)} ({times.get(each.first, f'{each.first} times')})"
        for each in pushes[:3]
        if each.first
    ]
    which = "wrong answers" if found.classification else "largest errors"
    yield Finding(
        52,
        "Why",
        f"Of the {len(wrong):,} {which} that were explained, what pushed hardest to the mistake was {wording.listed(names)}.",
        " ".join(attributions.patterns(wrong)),
        "attributions",
    )


def _before(material: Material) -> Iterator[Finding]:
    if material.previous is not None:
        found, _ = comparison.compared(material)
        worse = bool(found and found.metrics and found.metrics[0].conclusion == WORSE)
        yield Finding(88 if worse else 48, "Change", comparison.lead(material, found), "", "comparison")


def _cases(material: Material) -> Iterator[Finding]:
    cases = material.record.cases
    if cases.count and cases.passed < cases.count:
        failed = cases.failed[0]
        yield Finding(
            50,
            "Cases",
            f"{cases.count - cases.passed} of {wording.count(cases.count, 'handpicked case')} "
            f"{'was' if cases.count - cases.passed == 1 else 'were'} not answered as expected.",
            f"For example line {failed.line}: {failed.why}",
            "verdict",
        )
