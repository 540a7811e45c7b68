"""What made each version: its configuration and data, a row a value, with what differs in colour."""

from collections.abc import Iterator, Sequence
from typing import Any

from reports.workbook.answers import Answers
from reports.workbook.cells import Formats, Grid

SHEET = "Parameters"
_LIBRARIES = ("tensorflow", "keras", "tfx")


def rows(versions: Sequence[Answers]) -> list[tuple[str, list[str]]]:
    """Each value's name, such as ``training.epochs``, and what it is in each version, "" where it is absent."""
    found = [dict(_values(version)) for version in versions]
    names = dict.fromkeys(name for values in found for name in values)
    return [(name, [values.get(name, "") for values in found]) for name in names]


def differing(versions: Sequence[Answers]) -> list[tuple[str, list[str]]]:
    """Those of ``rows`` that are not the same in all versions."""
    return [(name, values) for name, values in rows(versions) if len(set(values)) > 1]


def write(sheet: Any, versions: Sequence[Answers], forms: Formats) -> None:
    """Fills the sheet."""
    grid = Grid()
    for column, header in enumerate(["", *(version.name for version in versions)]):
        grid.put(0, column, header, forms.header)
    found = rows(versions)
    for row, (name, values) in enumerate(found, 1):
        grid.put(row, 0, name)
        for column, value in enumerate(values, 1):
            changed = column > 1 and value != values[column - 2]
            grid.put(row, column, value, forms.changed if changed else forms.plain)
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, len(versions), 30)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(found), 1), len(versions))
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    grid.write(sheet)


def _values(version: Answers) -> Iterator[tuple[str, str]]:
    record, card = version.record, version.record.card
    for part in ("model", "training", "features"):
        yield from _flat(part, card.configuration.get(part))
    yield from _flat("splits", card.splits)
    yield from _flat("thresholds", record.thresholds)
    for key in ("fingerprint", "span", "limit", "rows"):
        yield from _flat(f"data.{key}", card.data.get(key))
    yield "devices", card.devices
    if record.commit:
        yield "commit", record.commit.id + (" and changes" if record.commit.changed else "")
    for name in _LIBRARIES:
        yield f"libraries.{name}", record.libraries.get(name, "")


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """A nested value as one line for each of its leaves."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(name if key == "@type" else f"{name}.{key}", item)
    elif isinstance(value, list | tuple):
        yield name, ", ".join(map(str, value))
    elif value is not None:
        yield name, str(value)
