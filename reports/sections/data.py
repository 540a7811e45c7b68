"""The data: each column's statistics by split, what stands out in them, and suspects: leaks, copies, labels, rare classes."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.records import Suspects
from reports import wording
from reports.material import Material
from reports.sections import columns, labels
from reports.sections.columns import Column
from reports.sections.section import Section
from schemas import splits

OPEN = 12  # columns that stand open
MOST = 300


@dataclass(frozen=True)
class LabelRow:
    """An example whose label is suspect."""

    row: str
    label: str
    suggested: str
    quality: str


@dataclass(frozen=True)
class View:
    """What the template shows; of several labels the last three are in a part for each, and the others in none."""

    counts: Sequence[tuple[str, str]] = ()
    columns: Sequence[Column] = ()
    more: Sequence[Column] = ()
    left_out: int = 0
    observations: Sequence[str] = ()
    suspects: Suspects = field(default_factory=Suspects)
    labels: Sequence[LabelRow] = ()
    searched: bool = False


def section(material: Material) -> Section:
    """The section; statistics come from the dossier's folder of that name, suspects from the analysis."""
    found = columns.read(material)
    observations = [text for column in found for text in column.observations]
    absent = []
    if not material.statistics:
        why = material.missing.get("statistics", "the dossier has none")
        absent.append(f"The statistics of the columns are missing: {why}.")
    if material.schema is None:
        absent.append(f"The schema is missing: {material.missing.get('schema.pbtxt', 'the dossier has none')}.")
    if any(one.analysis is None for one in material.each):
        absent.append("Leaks, copies and suspect labels were not searched for: analysis.json is missing.")
    view = dataclasses.replace(
        View() if material.tasks else _suspects(material),
        counts=[(name, f"{rows:,}") for name, rows in counts(material).items()],
        columns=found[:OPEN],
        more=found[OPEN:MOST],
        left_out=max(0, len(found) - MOST),
        observations=observations,
    )
    parts = (Section(id="data", title="Data", lead="", view=_suspects(one)) for one in material.tasks)
    return Section(
        id="data",
        title="Data",
        lead=_lead(material, found, observations),
        view=view,
        absent=tuple(absent),
        parts=tuple(labels.part(*pair) for pair in zip(material.tasks, parts, strict=True)),
    )


def _suspects(material: Material) -> View:
    """What may be wrong with the examples of one label."""
    if material.analysis is None:
        return View()
    suspects = material.analysis.suspects
    return View(suspects=suspects, labels=_labels(material, suspects), searched=True)


def counts(material: Material) -> dict[str, int]:
    """How many examples each split has."""
    if material.statistics:
        return {
            split: int(material.statistics[split].num_examples)
            for split in splits.NAMES
            if split in material.statistics
        }
    return dict(material.record.card.data.get("rows") or {})


def _lead(material: Material, found: list[Column], observations: list[str]) -> str:
    rows = counts(material)
    start = wording.count(sum(rows.values()), "example") if rows else "The examples"
    if not found:
        return f"{start}."
    noted = wording.count(len(observations), "observation") if observations else "nothing stands out"
    division = _division(material.record.card.splits)
    schema = (
        " The data kept its schema: else the run would have stopped before the training." if material.schema else ""
    )
    return f"{start} with {wording.count(len(found), 'column')}; {noted}.{schema}{division}"


def _division(found: Mapping[str, Any]) -> str:
    """How rows were divided, where that is not by a hash; with the times as they were cut."""
    if not found.get("time"):
        return ""
    ends = [(name, found[f"{name}_from"]) for name in (splits.EVAL, splits.TEST) if found.get(f"{name}_from")]
    return f" Divided by time, {found['time']}: {', '.join(f'{name} is from {start} on' for name, start in ends)}."


def _labels(material: Material, suspects: Suspects) -> list[LabelRow]:
    return [
        LabelRow(
            _row(material, each.row),
            material.text(each.label),
            material.text(each.suggested),
            wording.number(each.quality),
        )
        for each in suspects.labels
    ]


def _row(material: Material, row: int) -> str:
    """The row of the source, which people can look up; else that of predictions.parquet."""
    if material.predictions is None or not 0 <= row < len(material.predictions):
        return f"example {row:,}"
    return f"{material.predictions.table['source_row'][row].as_py():,}"
