"""Slices: those that the page declares, and those that are significantly worse than the other examples."""

import math
from dataclasses import dataclass

from analysis.records import FoundSlice
from reports import wording
from reports.figures import scale
from reports.figures.figure import Axis, Figure, Ranges
from reports.material import Material
from reports.ruler import Marker, Ruler
from reports.sections.section import Section
from schemas.records import Interval, SliceResult

MOST = 60  # declared slices in the page: a column of 1000 names would be most of it


@dataclass(frozen=True)
class Row:
    """A declared slice: its name, its size, and the primary metric on a line that all slices share."""

    name: str
    examples: int
    text: str
    ruler: Ruler | None
    worse: bool


@dataclass(frozen=True)
class Found:
    """A slice that was found, as text."""

    name: str
    examples: int
    metric: str
    other: str
    times: str
    q: str
    declaration: str


@dataclass(frozen=True)
class View:
    """What the template shows."""

    metric: str
    direction: str
    rows: list[Row]
    left_out: int
    found: list[Found]
    tried: int


def section(material: Material) -> Section:
    """The section: the declared slices of the verdict, the found ones of the analysis."""
    name = material.task.primary.name
    rows = _rows(material)
    found = [_found(each) for each in material.analysis.slices] if material.analysis else []
    absent = () if material.analysis else ("Slices were not searched for: analysis.json is missing.",)
    declared = f"The page declares {wording.count(len(rows), 'slice')}" if rows else "The page declares no slices"
    return Section(
        id="slices",
        title="Slices",
        lead=f"{declared}; {_searched(material)}",
        badge=str(len(found)) if found else "",
        view=View(
            wording.metric(name),
            "higher is better" if material.task.primary.higher_is_better else "lower is better",
            rows[:MOST],
            max(0, len(rows) - MOST),
            found,
            material.analysis.tried if material.analysis else 0,
        ),
        figures=(_figure(material, rows[:MOST]),) if rows else (),
        absent=absent,
    )


def _searched(material: Material) -> str:
    if material.analysis is None:
        return "others were not searched for."
    groups = wording.count(material.analysis.tried, "group")
    found = len(material.analysis.slices)
    if not material.analysis.tried:
        return "no groups were searched for others."
    if not found:
        return f"of {groups} of up to two features, none is significantly worse than the other examples."
    return f"of {groups} of up to two features, {found:,} {'is' if found == 1 else 'are'} significantly worse than the others."


def _rows(material: Material) -> list[Row]:
    """The declared slices, the worst first."""
    verdict, metric = material.record.verdict, material.task.primary
    measured = [(each, _interval(each, metric.name)) for each in verdict.slices]
    sign = 1 if metric.higher_is_better else -1
    measured.sort(key=lambda pair: math.inf if pair[1].value is None else sign * pair[1].value)
    overall = verdict.metrics.get(metric.name)
    ends = [end for _, one in measured for end in (one.value, one.low, one.high) if end is not None]
    low, high = scale.around([*ends, *([overall] if overall is not None else [])], margin=0.03)
    low, high = max(0.0, low), min(high, metric.high)
    return [_row(each, one, overall, (low, high), higher=metric.higher_is_better) for each, one in measured]


def _interval(each: SliceResult, name: str) -> Interval:
    # Of an older version, which measured without intervals.
    return each.intervals.get(name, Interval(each.metrics.get(name), None, None))


def _row(each: SliceResult, found: Interval, overall: float | None, ends: tuple[float, float], *, higher: bool) -> Row:
    markers = [Marker("all examples", overall)] if overall is not None else []
    ruler = None
    if found.value is not None:
        ruler = Ruler.within(*ends, "", found, markers, higher=higher)
    name = wording.named_slice(each.slice)
    return Row(name, each.examples, wording.with_interval(found), ruler, _worse(found, overall, higher=higher))


def worse(each: SliceResult, material: Material) -> bool:
    """Whether even the better end of a declared slice's interval is worse than all examples."""
    metric = material.task.primary
    overall = material.record.verdict.metrics.get(metric.name)
    return _worse(_interval(each, metric.name), overall, higher=metric.higher_is_better)


def _worse(found: Interval, overall: float | None, *, higher: bool) -> bool:
    end = found.high if higher else found.low
    return overall is not None and end is not None and (end < overall if higher else end > overall)


def _found(each: FoundSlice) -> Found:
    times = each.loss / each.other_loss if each.other_loss else math.nan
    return Found(
        wording.named_slice(each.slice),
        each.examples,
        wording.metric_value(each.metric),
        wording.metric_value(each.other_metric),
        f"{times:.1f} ×" if math.isfinite(times) else wording.NO_VALUE,
        wording.number(each.q_value, 2),
        each.declaration,
    )


def _figure(material: Material, rows: list[Row]) -> Figure:
    metric = material.task.primary.name
    shown = [row for row in rows if row.ruler is not None]
    intervals = [row.ruler.interval for row in shown if row.ruler is not None]
    values = {name: [_number(getattr(one, name)) for one in intervals] for name in ("value", "low", "high")}
    overall = _number(material.record.verdict.metrics.get(metric))
    return Figure(
        slug="slices",
        title=f"{wording.metric(metric).capitalize()} by slice",
        text=f"The {wording.metric(metric)} of each slice with its 95% interval; the line is that of all examples.",
        x=Axis(wording.metric(metric), *scale.around([each for series in values.values() for each in series])),
        y=Axis("slice", 0, len(shown)),
        marks=(Ranges([f"{row.name} ({row.examples})" for row in shown], **values, reference=overall),),
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else value
