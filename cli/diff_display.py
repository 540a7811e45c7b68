"""What `slipway diff` shows: what the versions were made of, their metrics, and the examples that changed sides."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.comparison import BETTER, WORSE
from analysis.comparison_records import ChangedExample, Comparison, MetricDifference
from cli.tables import for_tables, metric_text
from registry.diffing import Change, Difference, FeatureChange
from reports import version_difference
from reports.version_difference import Sources, VersionDifference
from schemas.records import Interval

_STYLES = {BETTER: "green", WORSE: "red"}
_FINGERPRINT = 8  # digits of a hash that tell it from others


def show(found: VersionDifference, sources: Sources) -> None:
    """Prints all that is found."""
    console = for_tables()
    console.print(f"{found.dataset} {found.before} to {found.after}", style="bold", highlight=False)
    for title, lines in _parts(found.difference):
        for line in lines or [Text("no change", "dim")]:
            console.print(Text.assemble(f" {title:<11}", line), soft_wrap=True)
            title = ""
    compared = found.comparison
    if compared is not None:
        for label, one in (found.tasks or {"": compared}).items():
            if label:
                console.print(Text(f"\n {label}", "bold"))
            console.print(_metrics(one.metrics, found))
            console.print(Text(f" {_sides(one)}"), soft_wrap=True)
            _print_examples(console, one, sources)
    else:
        console.print(_only_verdicts(found))
    each = found.tasks.values() or ((compared,) if compared is not None else ())
    for note in dict.fromkeys((*found.notes, *(note for one in each for note in one.notes))):
        console.print(Text(f" note: {note}", "dim"), soft_wrap=True)


def _parts(found: Difference) -> Iterator[tuple[str, list[Text]]]:
    if found.interface:
        yield "interface", [_change(one) for one in found.interface]
    yield "features", [_feature(one) for one in found.features]
    yield "parameters", [_change(one) for one in found.parameters]
    yield "data", [_change(one) for one in found.data]
    if found.origin:
        yield "origin", [_change(one) for one in found.origin]
    if found.libraries:
        yield "libraries", [_change(one) for one in found.libraries]


def _feature(one: FeatureChange) -> Text:
    style = {"added": "green", "removed": "red"}.get(one.kind, "yellow")
    settings = ", ".join(_change(change).plain for change in one.changes) if one.kind == "changed" else ""
    return Text.assemble((f"{one.name} {one.kind}", style), f": {settings}" if settings else "")


def _change(one: Change) -> Text:
    if one.before is None:
        return Text.assemble(f"{one.name} ", (_value(one.after), "green"))
    if one.after is None:
        return Text.assemble(f"{one.name} ", (_value(one.before), "red"), " is gone")
    return Text.assemble(f"{one.name} ", (_value(one.before), "red"), " to ", (_value(one.after), "green"))


def _value(value: Any) -> str:
    if isinstance(value, str) and len(value) in (40, 64):  # a hash
        return value[:_FINGERPRINT]
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _metrics(metrics: Sequence[MetricDifference], found: VersionDifference) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in (" metric", found.before, found.after, "difference"):
        table.add_column(header, justify="left" if header == " metric" else "right", no_wrap=True)
    table.add_column("95%", style="dim", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in metrics:
        sign = "" if one.difference.value is None else f"{one.difference.value:+.4f}"
        style = _STYLES.get(one.conclusion, "dim")
        both = metric_text(one.before.value), metric_text(one.after.value)
        table.add_row(Text(f" {one.name}"), *both, sign, _interval(one.difference), Text(one.conclusion, style))
    return table


def _only_verdicts(found: VersionDifference) -> Table:
    """The metrics where there are no predictions to pair: each of the split that its own version was judged on."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in (" metric", found.before, found.after):
        table.add_column(header, justify="left" if header == " metric" else "right")
    for name in dict.fromkeys((*found.metrics_before, *found.metrics_after)):
        both = (metric_text(metrics.get(name)) for metrics in (found.metrics_before, found.metrics_after))
        table.add_row(Text(f" {name}"), *both)
    return table


def _interval(found: Interval) -> str:
    return "" if found.low is None or found.high is None else f"{found.low:+.4f} to {found.high:+.4f}"


def _sides(compared: Comparison) -> str:
    sides, joined = compared.sides, f"{compared.joined:,} examples that both answered"
    if sides is None:
        return f"{joined}: {compared.improved_count:,} nearer to the label, {compared.worsened_count:,} further off"
    test = "exact" if sides.exact else "chi-square"
    return (
        f"{joined}: {sides.both_right:,} right in both, {sides.fixed:,} fixed, {sides.broken:,} broken, "
        f"{sides.both_wrong:,} wrong in both; McNemar's test ({test}): p = {sides.p_value:.3g}"
    )


def _print_examples(console: Console, compared: Comparison, sources: Sources) -> None:
    titles = ("fixed", "broken") if compared.sides is not None else ("nearer", "further off")
    kinds = ((compared.improved, compared.improved_count), (compared.worsened, compared.worsened_count))
    for title, (examples, count) in zip(titles, kinds, strict=True):
        if not count:
            continue
        more = f", the first {len(examples)} of {count:,}" if len(examples) < count else ""
        console.print(Text(f"\n {title}{more}", "bold"))
        inputs = version_difference.inputs(sources, examples)
        for example, shown in zip(examples, inputs, strict=True):
            console.print(_example(example), soft_wrap=True)
            console.print(Text(f"     {shown}", "dim"), no_wrap=True, overflow="ellipsis")


def _example(one: ChangedExample) -> Text:
    before, after = _answer(one.before, one.confidence_before), _answer(one.after, one.confidence_after)
    return Text(f"   row {one.source_row} ({_label(one.label)}): {before} before, {after} now")


def _label(label: str | float) -> str:
    return label if isinstance(label, str) else f"{label:,.6g}"


def _answer(answer: str | float | None, confidence: float | None) -> str:
    if answer is None:
        return "no finite answer"
    return f"{_label(answer)} {confidence:.2f}" if confidence is not None else _label(answer)
