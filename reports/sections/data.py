"""The data: each column's statistics by split, what stands out in them, and suspects: leaks, copies, labels, rare classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.records import Suspects
from reports import wording
from reports.material import Material
from reports.sections import columns
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
    """What the template shows."""

    counts: list[tuple[str, str]]
    columns: list[Column]
    more: list[Column]
    left_out: int
    observations: list[str]
    suspects: Suspects
    labels: list[LabelRow]
    searched: bool


def section(material: Material) -> Section:
    """The section; statistics come from the dossier's folder of that name, suspects from the analysis."""
    found = columns.read(material)
    observations = [text for column in found for text in column.observations]
    suspects = material.analysis.suspects if material.analysis else Suspects()
    absent = []
    if not material.statistics:
        why = material.missing.get("statistics", "the dossier has none")
        absent.append(f"The statistics of the columns are missing: {why}.")
    if material.schema is None:
        absent.append(f"The schema is missing: {material.missing.get('schema.pbtxt', 'the dossier has none')}.")
    if material.analysis is None:
        absent.append("Leaks, copies and suspect labels were not searched for: analysis.json is missing.")
    return Section(
        id="data",
        title="Data",
        lead=_lead(material, found, observations),
        view=View(
            [(name, f"{rows:,}") for name, rows in counts(material).items()],
            found[:OPEN],
            found[OPEN:MOST],
            max(0, len(found) - MOST),
            observations,
            suspects,
            _labels(material, suspects),
            material.analysis is not None,
        ),
        absent=tuple(absent),
    )


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
        LabelRow(_row(material, each.row), _value(each.label), _value(each.suggested), wording.number(each.quality))
        for each in suspects.labels
    ]


def _row(material: Material, row: int) -> str:
    """The row of the source, which people can look up; else that of predictions.parquet."""
    if material.predictions is None or not 0 <= row < len(material.predictions):
        return f"example {row:,}"
    return f"{material.predictions.table['source_row'][row].as_py():,}"


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else wording.number(value, 4)
