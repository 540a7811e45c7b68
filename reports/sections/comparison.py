"""What changed since the version before: answers, metrics, parameters, features and data."""

from dataclasses import dataclass

from analysis import comparison as comparisons
from analysis.comparison_records import ChangedExample, Comparison, MetricDifference
from reports import wording
from reports.material import Material
from reports.pictures import Picture
from reports.sections import inputs, parameters
from reports.sections.section import Section
from schemas.errors import InputError

SHOWN = 8  # changed examples of each kind


@dataclass(frozen=True)
class Row:
    """A metric of both versions, on the examples that both answered."""

    metric: str
    before: str
    now: str
    difference: str
    conclusion: str


@dataclass(frozen=True)
class Changed:
    """An example whose answer was fixed or broken."""

    row: int
    pictures: list[Picture]
    input: str
    label: str
    before: str
    now: str


@dataclass(frozen=True)
class View:
    """What the template shows."""

    previous: str
    examples: str
    metrics: list[Row]
    sides: list[tuple[str, str]]
    fixed: list[Changed]
    fixed_count: int
    broken: list[Changed]
    broken_count: int
    classifies: bool
    changes: list[tuple[str, str, str]]


def section(material: Material) -> Section:
    """The section; it needs the dossier of the version before."""
    before = material.previous
    previous = material.record.previous
    if before is None:
        why = material.missing.get(f"version {previous}") if previous else None
        cannot = "does not answer this label" if material.number else "cannot be compared with"
        return Section(
            id="comparison",
            title="Comparison with the version before",
            lead=f"Version {previous} {cannot}." if previous else "This is the first version.",
            absent=(f"The dossier of version {previous} cannot be read: {why}.",) if why else (),
        )
    found, why_not = compared(material)
    return Section(
        id="comparison",
        title=f"Comparison with version {before.version}",
        lead=lead(material, found),
        view=_view(material, before, found),
        absent=(why_not,) if why_not else (),
        notes=found.notes if found else (),
    )


def compared(material: Material) -> tuple[Comparison | None, str]:
    """How the answers differ from those of the version before; or None, and why not."""
    before = material.previous
    if before is None or before.predictions is None or material.predictions is None:
        return None, "The answers are not compared: one of the versions has no predictions.parquet."
    try:
        return comparisons.compare(before.predictions, material.predictions, SHOWN), ""
    except InputError as error:
        return None, f"The answers are not compared: {error}."


def lead(material: Material, found: Comparison | None) -> str:
    """Better, worse or neither, and with what changes, in a sentence or two."""
    because = _because(material)
    if found is None or not found.metrics:
        return f"This version was made with {because}."
    first = found.metrics[0]
    name, size = wording.metric(first.name), wording.metric_value(abs(first.difference.value or 0))
    how = {
        comparisons.BETTER: f"The {name} is better by {size}",
        comparisons.WORSE: f"The {name} is worse by {size}",
    }.get(first.conclusion, f"There is no clear difference in the {name} ({wording.signed(first.difference.value)})")
    if not found.changed:
        return f"{how}, with {because}. None of {wording.count(found.joined, 'answer')} differs."
    changed = f"{found.changed:,} of {wording.count(found.joined, 'answer')} differ"
    if found.sides:
        changed += f": {found.sides.fixed:,} fixed, {found.sides.broken:,} broken"
    return f"{how}, with {because}. {changed}."


def _because(material: Material) -> str:
    found = parameters.difference(material)
    assert found is not None
    count = len(parameters.changes(material))
    what = [wording.count(count, "change") + " of features or parameters"] if count else []
    what += ["other data"] if any(change.name == "fingerprint" for change in found.data) else []
    what += ["other code"] if any(change.name == "code" for change in found.origin) else []
    return wording.listed(what) or "the same parameters, code and data"


def _view(material: Material, before: Material, found: Comparison | None) -> View:
    fixed, broken = (found.improved, found.worsened) if found else ((), ())
    return View(
        str(before.version),
        _examples(found) if found else "",
        [_row(each) for each in found.metrics] if found else [],
        _sides(found) if found else [],
        _changed(material, fixed),
        found.improved_count if found else 0,
        _changed(material, broken),
        found.worsened_count if found else 0,
        material.task.classes_or_none is not None,
        [*parameters.changes(material), *_others(material)] if material.number <= 1 else [],  # once, of several labels
    )


def _others(material: Material) -> list[tuple[str, str, str]]:
    """What else the versions were made of and differs: interface, data, code, libraries."""
    found = parameters.difference(material)
    if found is None:
        return []
    groups = {"": found.interface, "data.": found.data, " ": found.origin, "library ": found.libraries}
    return [
        (f"{group}{name}".strip(), wording.short(before, 80), wording.short(now, 80))
        for group, changed in groups.items()
        for name, before, now in parameters.rows(changed)
    ]


def _examples(found: Comparison) -> str:
    text = f"On the {wording.count(found.joined, 'example')} that both versions answered"
    others = found.only_before + found.only_after
    if others:
        text += f"; {wording.count(others, 'example')} only one of them has"
    if found.relabelled:
        text += f"; {found.relabelled:,} have another label now"
    return f"{text}."


def _row(each: MetricDifference) -> Row:
    difference = f"{wording.signed(each.difference.value)} ({wording.interval(each.difference)})"
    before, now = wording.with_interval(each.before), wording.with_interval(each.after)
    return Row(wording.metric(each.name), before, now, difference, each.conclusion)


def _sides(found: Comparison) -> list[tuple[str, str]]:
    if found.sides is None:
        return []
    sides = found.sides
    test = "exact" if sides.exact else "chi-square"
    return [
        ("right in both", f"{sides.both_right:,}"),
        ("fixed: wrong before, right now", f"{sides.fixed:,}"),
        ("broken: right before, wrong now", f"{sides.broken:,}"),
        ("wrong in both", f"{sides.both_wrong:,}"),
        (f"p-value of McNemar's test ({test})", wording.number(sides.p_value)),
    ]


def _changed(material: Material, examples: tuple[ChangedExample, ...]) -> list[Changed]:
    kinds = material.predictions.info.inputs if material.predictions else {}
    rows = material.rows([each.row_after for each in examples])
    found = []
    for each in examples:
        images, text = inputs.summary(rows[each.row_after], kinds)
        answers = [
            _answer(material, each.before, each.confidence_before),
            _answer(material, each.after, each.confidence_after),
        ]
        found.append(Changed(each.source_row, images, text, material.text(each.label), *answers))
    return found


def _answer(material: Material, value: str | float | None, confidence: float | None) -> str:
    if value is None:
        return "not finite"
    text = material.text(value)
    return text if confidence is None else f"{text} ({confidence:.2f})"
