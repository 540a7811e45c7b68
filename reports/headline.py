"""The top of a report: blessed or refused and why, how good, and how little that means where the test split is small."""

import dataclasses
from dataclasses import dataclass

from analysis import caution
from registry.decisions import FORCED
from reports import wording
from reports.material import Material
from reports.ruler import Ruler
from reports.sections import errors, multi_label, verdict
from schemas.tasks import CLASSES


@dataclass(frozen=True)
class Headline:
    """What stands first.

    Attributes:
      blessed: the verdict.
      title: the model.
      sentences: the verdict's reason, how good the model is, and what that means.
      rulers: of the metrics with checks.
      facts: run, time, data in a line.
    """

    blessed: bool
    title: str
    sentences: list[str]
    rulers: list[Ruler]
    facts: list[str]


def headline(material: Material) -> Headline:
    """The headline of a report; it needs the record alone."""
    found = material.record.verdict
    quality = [f"{one.task.label}: {_quality(one)}" for one in material.tasks] or [_quality(material)]
    sentences = [_reason(material), _decision(material), *quality, _meaning(material)]
    card = material.record.card
    when = f"{(card.pushed_at or '')[:16].replace('T', ' ')} UTC"
    at = [f"{'pushed' if card.version else 'judged'} {when}"] if card.pushed_at else []
    facts = [f"run {material.record.run_id}", *at, *([f"trained on {card.devices}"] if card.devices else [])]
    return Headline(
        found.blessed, material.title, [text for text in sentences if text], verdict.rulers(material), facts
    )


def _reason(material: Material) -> str:
    found = material.record.verdict
    failed = [check for check in found.checks if not check.passed]
    direction = {metric.name: "at least" if metric.higher_is_better else "at most" for metric in material.task.metrics}
    if failed:
        reasons = [
            f"{verdict.measured(check)} is {wording.metric_value(check.value)}, and {verdict.condition(check)} asks for "
            f"{direction.get(check.metric, 'at least')} {wording.metric_value(check.bound)}"
            for check in failed
        ]
        return f"It was refused: {'; '.join(reasons)}."
    if not found.checks:
        return "It was blessed, without any check: the page declares no thresholds."
    nearest = min(found.checks, key=lambda check: (check.margin or 0) / (abs(check.bound) or 1))
    bound = f"{direction.get(nearest.metric, 'at least')} {wording.metric_value(nearest.bound)}"
    checks = "its check" if len(found.checks) == 1 else f"all {len(found.checks)} checks"
    return (
        f"It was blessed: {checks} passed. The narrowest margin is that of {verdict.measured(nearest)}: "
        f"{wording.metric_value(nearest.value)}, where {verdict.condition(nearest)} asks for {bound}."
    )


def _decision(material: Material) -> str:
    """Who pushed it in spite of its checks, and why."""
    decision = material.record.card.decision
    if decision is None or decision["kind"] != FORCED:
        return ""
    return f"It was pushed all the same, by {decision['by']} on {decision['at'][:10]}: {decision['why']}"


def _quality(material: Material) -> str:
    found = verdict.primary(material)
    name = wording.metric(material.task.primary.name)
    rows = wording.count(material.record.verdict.examples, "test example")
    analysis = material.analysis
    value = f"{name} {wording.metric_value(found.value)}, 95% interval {wording.interval(found)}"
    if analysis and material.task.kind == CLASSES:
        return f"It answers {multi_label.exact(analysis):,} of {rows} with exactly the classes of their label: {value}."
    if analysis and analysis.classification:
        return f"It answers {analysis.rows - errors.wrong(analysis.classification):,} of {rows} correctly: {value}."
    return f"On {rows} its {name} is {wording.with_interval(found)}."


def _meaning(material: Material) -> str:
    """How little the primary metric says, where that is little."""
    metric = material.task.primary
    as_said = dataclasses.replace(metric, name=wording.metric(metric.name))
    return caution.of(as_said, verdict.primary(material), material.record.verdict.examples)
