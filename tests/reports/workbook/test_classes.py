"""The workbook where an answer has any number of classes, and where a model answers several labels."""

from pathlib import Path

import openpyxl

from reports.workbook import answers, book
from schemas.home import Home
from tests.reports import dossiers, models
from tests.reports.workbook.models import write


def test_each_class_has_its_scores_and_answers_that_changed_are_counted(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path)
    made = [(version, models.properties(strength)) for version, strength in (("1.0.0", 0.0001), ("1.1.0", 0.01))]
    folders = [write(home.registry("properties"), model, version) for version, model in made]
    found = answers.read(folders)
    book.write(tmp_path / "found.xlsx", found)
    sheets = openpyxl.load_workbook(tmp_path / "found.xlsx", data_only=True)
    assert sheets.sheetnames == ["Summary", "Classes", "Parameters", "1.0.0", "1.1.0"]
    rows = [[cell.value for cell in row] for row in sheets["Classes"].iter_rows(min_row=2)]
    assert rows[0][:3] == ["class", "precision 1.0.0", "precision 1.1.0"]
    there = (models.properties(0.01).answers >= 0.5)[:, 0]
    odd = (models.properties(0.01).labels & 1) == 1
    assert rows[1][0] == "odd" and abs(rows[1][2] - (there & odd).sum() / there.sum()) < 1e-9
    summary = {row[0].value: [cell.value for cell in row[1:3]] for row in sheets["Summary"].iter_rows()}
    right = [version.rows.right for version in found]
    assert summary["fixed: wrong, now right"][1] == int((right[1] & ~right[0]).sum())
    assert summary["broken: right, now wrong"][1] == int((right[0] & ~right[1]).sum())
    assert summary["exact_match (higher is better)"] == [float(each.mean()) for each in right]


def test_of_several_labels_it_has_the_first_and_says_so(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path)
    folder = dossiers.write_several(home.registry("tumours"), models.passengers(0.01), [0.5, 3.0, 0.5])
    notes = book.write(tmp_path / "found.xlsx", answers.read([folder]))
    assert "1.0.0: the answers to diagnosis, the first of its labels; those to the others are in the report." in notes
