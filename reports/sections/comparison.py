"""What changed since the version before: metrics, parameters, features and data."""

from dataclasses import dataclass

from reports import wording
from reports.material import Material
from reports.sections import data, parameters, verdict
from reports.sections.section import Section
from schemas.records import Interval
from schemas.tasks import Metric


@dataclass(frozen=True)
class Row:
    """A metric of both versions; ``better`` is None where they are equal or one has no value."""

    metric: str
    before: str
    now: str
    difference: str
    better: bool | None
    certain: bool


@dataclass(frozen=True)
class View:
    """What the template shows."""

    previous: str
    metrics: list[Row]
    changes: list[tuple[str, str, str]]
    facts: list[tuple[str, str, str]]


def section(material: Material) -> Section:
    """The section; it needs the dossier of the version before."""
    before = material.previous
    previous = material.record.previous
    if before is None:
        why = material.missing.get(f"version {previous}") if previous else None
        return Section(
            id="comparison",
            title="Comparison with the version before",
            lead=f"Version {previous} cannot be compared with." if previous else "This is the first version.",
            absent=(f"The dossier of version {previous} cannot be read: {why}.",) if why else (),
        )
    rows = [row for metric in material.task.metrics if (row := _row(metric, before, material)) is not None]
    changes = parameters.changed(material)
    return Section(
        id="comparison",
        title=f"Comparison with version {before.version}",
        lead=_lead(rows, changes, material, before),
        view=View(str(before.version), rows, changes, _facts(before, material)),
    )


def _row(metric: Metric, before: Material, now: Material) -> Row | None:
    old, new = (each.record.verdict.metrics.get(metric.name) for each in (before, now))
    if old is None and new is None:
        return None
    difference = None if old is None or new is None else new - old
    better = None if not difference else (difference > 0) == metric.higher_is_better
    here, there = (verdict.intervals(each).get(metric.name) for each in (now, before))
    texts = [
        wording.with_interval(one) if one else wording.metric_value(value) for one, value in ((there, old), (here, new))
    ]
    difference_text = wording.signed(difference)
    return Row(wording.metric(metric.name), texts[0], texts[1], difference_text, better, _apart(here, there))


def _apart(one: Interval | None, other: Interval | None) -> bool:
    """Whether two intervals have nothing in common."""
    if not one or not other or one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low > other.high or one.high < other.low


def _lead(rows: list[Row], changes: list[tuple[str, str, str]], now: Material, before: Material) -> str:
    what = [wording.count(len(changes), "change") + " of features or parameters"] if changes else []
    if now.record.card.data.get("fingerprint") != before.record.card.data.get("fingerprint"):
        what.append("other data")
    if now.record.card.code != before.record.card.code:
        what.append("other code")
    because = f" with {wording.listed(what)}" if what else ", trained anew with the same parameters, code and data"
    if not rows:
        return f"No metric can be compared{because}."
    first = rows[0]
    word = {True: "better", False: "worse", None: "the same"}[first.better]
    how = f" ({first.difference})" if first.better is not None else ""
    sure = "" if first.certain or first.better is None else "; the 95% intervals overlap, so that chance may explain it"
    return f"The {first.metric} is {word}{how}{because}{sure}."


def _facts(before: Material, now: Material) -> list[tuple[str, str, str]]:
    """What else differs: data, examples, code, libraries."""
    pairs = [("examples by split", _rows(before), _rows(now))]
    old, new = before.record.card, now.record.card
    pairs.append(("data, sha256", str(old.data.get("fingerprint", ""))[:12], str(new.data.get("fingerprint", ""))[:12]))
    pairs.append(("code of features and model", old.code, new.code))
    libraries = {**before.record.libraries, **now.record.libraries}
    pairs += [
        (name, before.record.libraries.get(name, "none"), now.record.libraries.get(name, "none"))
        for name in sorted(libraries)
    ]
    return [(name, one, other) for name, one, other in pairs if one != other]


def _rows(material: Material) -> str:
    return ", ".join(f"{split} {rows:,}" for split, rows in data.counts(material).items())
