"""The handpicked cases: what was expected of them, and what each version answers."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from reports import case_words
from reports.workbook import pictures
from reports.workbook.answers import Answers
from reports.workbook.cells import Formats, Grid
from schemas.records import AnswerJson, CaseResult
from schemas.tasks import CLASS

SHEET = "Cases"
_FIXED = ("line", "input", "why it was picked", "expected")
_WIDTHS = (6, 44, 44, 26)
_LINE_PIXELS, _MOST_PIXELS = 20, 540
Case = tuple[CaseResult | None, ...]
"""The results of one case by version; None for a version that did not have it yet."""


def write(sheet: Any, versions: Sequence[Answers], forms: Formats) -> None:
    """Fills the sheet: a row a case; green where the answer is as expected, red where not."""
    cases = _cases(versions)
    one_class = versions[-1].record.card.kind == CLASS
    parts = ("answer", "confidence", "result") if one_class else ("answer", "result")
    headers = [*_FIXED, *(f"{part} {version.name}" for version in versions for part in parts)]
    grid = Grid()
    for column, header in enumerate(headers):
        grid.put(0, column, header, forms.header)
        sheet.set_column(column, column, _WIDTHS[column] if column < len(_WIDTHS) else 17)
    for row, case in enumerate(cases, 1):
        _case(grid, sheet, row, case, parts, forms)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(cases), 1), len(headers) - 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    grid.write(sheet)


def _cases(versions: Sequence[Answers]) -> list[Case]:
    """The cases of all versions, in the order of the newest one's file and then of the older ones'."""
    found: dict[tuple[str, str], list[CaseResult | None]] = {}
    for place, version in reversed(list(enumerate(versions))):
        for result in version.record.cases.results:
            # Not by its line: cases above it may have been added or taken out.
            key = (result.why, json.dumps(result.input, sort_keys=True))
            found.setdefault(key, [None] * len(versions))[place] = result
    return [tuple(results) for results in found.values()]


def _case(grid: Grid, sheet: Any, row: int, case: Case, parts: Sequence[str], forms: Formats) -> None:
    known = [result for result in case if result is not None]
    shown = known[-1]
    grid.put(row, 0, shown.line, forms.plain)
    texts = (_input(shown.input), shown.why, case_words.expected(shown.expect))
    # Excel fits a row to its text when it opens the file; LibreOffice does not.
    sheet.set_row_pixels(row, max(_height(texts), pictures.SIDE + 6 if _picture(sheet, row, shown.input) else 0))
    for column, text in enumerate(texts, 1):
        grid.put(row, column, text, forms.wrapped)
    for place, result in enumerate(case):
        for offset, part in enumerate(parts):
            column = len(_FIXED) + place * len(parts) + offset
            if result is None:
                grid.put(row, column, "not asked" if part == "result" else None, forms.dim_right)
            elif part == "result":
                passed = result.passed
                grid.put(
                    row, column, "as expected" if passed else "not as expected", forms.good if passed else forms.bad
                )
            elif part == "answer":
                grid.put(row, column, _answer(result.answer), forms.text)
            else:
                grid.put(row, column, result.answer.get("confidence"), forms.short)


def _answer(answer: AnswerJson) -> str | float:
    if "error" in answer:
        return answer["error"]
    if "values" in answer:
        return " ".join(f"{value:.6g}" for value in answer["values"])
    if isinstance(answer.get("value"), int | float):
        return answer["value"]
    return answer["class"] if isinstance(answer.get("class"), str) else case_words.answered(answer)


def _input(value: Any) -> str:
    """A case's input in words; a picture is put over the cell."""
    if value is None:
        return "not recorded by the Slipway that made this version"
    if not isinstance(value, dict):
        return str(value)
    columns = {name: item for name, item in value.items() if name != "b64" and _base64(item) is None}
    texts = [f"{name}: {'missing' if item is None else item}" for name, item in columns.items()]
    return "\n".join(texts) if len(columns) != 1 or len(value) > 1 else str(next(iter(columns.values())))


def _height(texts: Sequence[str]) -> int:
    """Pixels of a row in which these texts are seen whole, where Excel has rows as high."""
    lines = (
        sum(1 + len(line) // width for line in text.split("\n")) for text, width in zip(texts, _WIDTHS[1:], strict=True)
    )
    return min(_LINE_PIXELS * max(lines), _MOST_PIXELS)


def _picture(sheet: Any, row: int, value: Any) -> bool:
    """Puts the picture of a case over its cell; whether it has one."""
    items = [value, *value.values()] if isinstance(value, dict) else []
    text = next((found for found in map(_base64, items) if found), None)
    try:
        thumbnail = pictures.small(base64.b64decode(text.rpartition(",")[2])) if text else None
    except binascii.Error:
        thumbnail = None
    if thumbnail:
        pictures.insert(sheet, row, 1, thumbnail)
    return thumbnail is not None


def _base64(value: Any) -> str | None:
    found = value.get("b64") if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
