"""What stands in the workbook, as openpyxl, another library, reads it."""

import dataclasses
import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pytest
from pyarrow import parquet
from sklearn import metrics

from analysis import overall
from reports.workbook import answers, book, layout, pictures
from schemas.errors import InputError
from schemas.records import CaseResult, CasesReport
from tests.reports import dossiers
from tests.reports.workbook import models
from tests.reports.workbook.conftest import Made, column, row


def test_every_example_is_a_row_with_its_answer_and_its_input(tumours: Made) -> None:
    sheet = tumours.open(values=True)["1.1.0"]
    model = models.tumours(0.001)
    classes = np.array(model.task.classes)
    assert column(sheet, "expected") == classes[model.labels].tolist()
    assert column(sheet, "predicted") == classes[model.answers.argmax(1)].tolist()
    assert np.allclose(column(sheet, "confidence"), model.answers.max(1), atol=5e-5)
    assert np.allclose(column(sheet, "mean radius"), model.inputs["mean radius"])
    assert column(sheet, "note") == model.inputs["note"]


def test_a_number_is_shown_as_it_was_read(tumours: Made) -> None:
    shown = column(tumours.open(values=True)["1.0.0"], "mean radius")
    assert {len(str(value)) for value in shown} <= set(range(6))  # 17.99, not 17.989999771118164


def test_texts_that_look_like_formulas_are_texts(tumours: Made) -> None:
    cells = list(tumours.open(values=False)["1.0.0"].columns)[-1][1:]
    assert cells[0].value == "=1+1"
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s", "inlineStr"}


def test_rows_are_filtered_and_the_header_stays(tumours: Made) -> None:
    for name in ("1.0.0", "1.1.0"):
        sheet = tumours.open(values=False)[name]
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.freeze_panes == "E2"


def test_the_results_of_the_summarys_formulas_are_scikit_learns(tumours: Made) -> None:
    sheet = tumours.open(values=True)["Summary"]
    for place, strength in enumerate((1.0, 0.001)):
        model = models.tumours(strength)
        found = {name: row(sheet, name)[place] for name in ("binary_accuracy", "auc", "loss")}
        assert found["binary_accuracy"] == pytest.approx(metrics.accuracy_score(model.labels, model.answers.argmax(1)))
        assert found["auc"] == pytest.approx(metrics.roc_auc_score(model.labels, model.answers[:, 1]), abs=1e-3)
        assert found["loss"] == pytest.approx(metrics.log_loss(model.labels, model.answers), rel=1e-5)


def test_the_results_of_a_regressions_formulas_are_scikit_learns(diabetes: Made) -> None:
    sheet = diabetes.open(values=True)["Summary"]
    model = models.diabetes(1000.0)
    assert row(sheet, "rmse")[1] == pytest.approx(metrics.root_mean_squared_error(model.labels, model.answers))
    assert row(sheet, "mae")[1] == pytest.approx(metrics.mean_absolute_error(model.labels, model.answers))
    logarithmic = metrics.root_mean_squared_log_error(model.labels, model.answers)
    assert row(sheet, "rmsle")[1] == pytest.approx(logarithmic)
    assert row(sheet, "mae")[2] == pytest.approx(row(sheet, "mae")[1] - row(sheet, "mae")[0])


def test_what_became_of_each_answer_is_said_and_counted(digits: Made) -> None:
    workbook = digits.open(values=True)
    old, new = (models.digits(strength).answers.argmax(1) for strength in (1.0, 0.0005))
    labels = models.digits(1.0).labels
    changes = column(workbook["1.1.0"], "change")
    for name, mask in (
        ("fixed", (old != labels) & (new == labels)),
        ("broken", (old == labels) & (new != labels)),
        ("other", (old != labels) & (new != labels) & (old != new)),
    ):
        assert [change == name for change in changes] == mask.tolist()
        assert row(workbook["Summary"], name)[1] == mask.sum()


def test_changed_and_wrong_answers_have_a_colour_by_rule(digits: Made) -> None:
    rules = digits.open(values=False)["1.1.0"].conditional_formatting
    formulas = {rule.formula[0] for area in rules for rule in area.rules}
    assert {'$H2="fixed"', '$H2="broken"', '$H2="other"', '$E2="wrong"', '$E2="right"'} <= formulas
    assert all(rule.dxf.fill.bgColor.rgb for area in rules for rule in area.rules)


def test_the_confusion_matrix_is_scikit_learns(digits: Made) -> None:
    sheet = digits.open(values=True)["Confusion"]
    model = models.digits(0.0005)
    rows = list(sheet.iter_rows(values_only=True))
    top = next(place for place, cells in enumerate(rows) if str(cells[0]).startswith("Confusion matrix of 1.1.0"))
    found = [list(cells[1:11]) for cells in rows[top + 2 : top + 12]]
    assert found == metrics.confusion_matrix(model.labels, model.answers.argmax(1)).tolist()
    recall = metrics.recall_score(model.labels, model.answers.argmax(1), average=None)
    assert np.allclose([cells[12] for cells in rows[top + 2 : top + 12]], recall)


def test_the_histogram_has_every_error_once(diabetes: Made) -> None:
    sheet = diabetes.open(values=True)["Errors"]
    counts = [cells[2:4] for cells in sheet.iter_rows(min_row=3, values_only=True) if cells[2] is not None]
    assert np.sum(counts, axis=0).tolist() == [len(version.rows) for version in diabetes.versions]


def test_charts_are_excels_own(tumours: Made, diabetes: Made) -> None:
    for made in (tumours, diabetes):
        with zipfile.ZipFile(made.file) as archive:
            assert sum(name.startswith("xl/charts/chart") for name in archive.namelist()) >= 4


def test_every_part_is_well_formed(tumours: Made, digits: Made, diabetes: Made) -> None:
    for made in (tumours, digits, diabetes):
        with zipfile.ZipFile(made.file) as archive:
            assert archive.testzip() is None
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    ElementTree.fromstring(archive.read(name))


def test_pictures_of_changed_and_wrong_answers_are_shown_and_the_others_are_counted(digits: Made) -> None:
    with zipfile.ZipFile(digits.file) as archive:
        sheets = [archive.read(n).decode() for n in archive.namelist() if re.match(r"xl/drawings/drawing\d", n)]
    assert sorted(text.count("<xdr:pic>") for text in sheets)[-2:] == [pictures.MOST, pictures.MOST]
    left = len(digits.versions[0].rows) - pictures.MOST
    assert sum(f"{left:,} are not" in note for note in digits.notes) == 2
    newest = digits.versions[-1]
    assert set(np.flatnonzero(newest.notable).tolist()) <= pictures.chosen(newest)


def test_a_picture_that_cannot_be_decoded_is_said_in_its_cell(tmp_path: Path) -> None:
    model = models.digits(1.0)
    model.inputs["image"][0] = b"no picture"
    version = answers.read([models.write(tmp_path / "registry", model, "1.0.0")])[0]
    version.rows.__dict__["loss"] = np.arange(len(version.rows), 0, -1.0)  # the first row comes first
    book.write(tmp_path / "one.xlsx", [version])
    assert small_text(tmp_path / "one.xlsx", "unreadable picture") == 1


def small_text(file: Path, text: str) -> int:
    with zipfile.ZipFile(file) as archive:
        return sum(
            archive.read(name).decode().count(f">{text}<") for name in archive.namelist() if "worksheets/s" in name
        )


def test_cases_have_a_sheet_with_every_versions_answer(tmp_path: Path) -> None:
    picture = {"image": {"b64": dossiers.base64_of(dossiers.png(np.zeros((8, 8))))}}
    first = CaseResult(1, "Plain.", {"class": "3"}, {"class": "3", "confidence": 0.9}, True, picture)
    moved = dataclasses.replace(first, line=2, answer={"class": "8", "confidence": 0.5}, passed=False)
    added = CaseResult(1, "=new", {"answer": True}, {"error": "its answer is nan"}, False, {"image": None})
    folders = [
        models.write(tmp_path / "registry", models.digits(1.0), "1.0.0", CasesReport.of((first,))),
        models.write(tmp_path / "registry", models.digits(0.1), "1.1.0", CasesReport.of((added, moved))),
    ]
    made = Made.__new__(Made)
    made.file = tmp_path / "compared.xlsx"
    book.write(made.file, answers.read(folders))
    sheet = made.open(values=True)["Cases"]
    assert column(sheet, "why it was picked") == ["=new", "Plain."]
    assert column(sheet, "result 1.0.0") == ["not asked", "as expected"]
    assert column(sheet, "result 1.1.0") == ["not as expected", "not as expected"]
    assert column(sheet, "answer 1.1.0") == ["its answer is nan", "8"]
    assert len(sheet._images) == 1
    assert row(made.open(values=True)["Summary"], "cases") == ["1 of 1 as expected", "0 of 2 as expected", None]


def test_parameters_that_differ_are_on_the_summary(tumours: Made) -> None:
    workbook = tumours.open(values=True)
    assert row(workbook["Summary"], "training.strength")[:2] == ["1.0", "0.001"]
    assert row(workbook["Parameters"], "training.epochs") == ["3", "3"]
    assert not any(str(cell.value) == "training.epochs" for cell in workbook["Summary"]["A"])


def test_rows_that_no_sheet_takes_are_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (answers, book):
        monkeypatch.setattr(module, "MOST_ROWS", 100)
    made = Made(tmp_path, models.tumours, (1.0, 0.1))
    workbook = made.open(values=True)
    assert len(column(workbook["1.0.0"], "key")) == 100
    assert row(workbook["Summary"], "examples")[:2] == [100, 100]
    assert sum("the first 100 of 171 rows" in note for note in made.notes) == 2


def test_a_test_split_without_examples_has_a_sheet_without_rows(tmp_path: Path) -> None:
    folder = models.write(tmp_path / "registry", models.tumours(1.0), "1.0.0")
    table = parquet.read_table(folder / "predictions.parquet")
    parquet.write_table(table.slice(0, 0), folder / "predictions.parquet")
    book.write(tmp_path / "empty.xlsx", answers.read([folder]))
    workbook = openpyxl.load_workbook(tmp_path / "empty.xlsx", data_only=True)
    assert [cell.value for cell in workbook["1.0.0"][1]][:3] == ["key", "row", "expected"]
    assert row(workbook["Summary"], "examples")[0] == 0
    assert row(workbook["Summary"], "auc")[0] is None


def test_many_rows_have_results_in_place_of_formulas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Made(tmp_path / "few", models.tumours, (1.0, 0.1))
    monkeypatch.setattr(layout, "MOST_FORMULA_ROWS", 100)
    many = Made(tmp_path / "many", models.tumours, (1.0, 0.1))
    for name in ("1.0.0", "1.1.0"):
        assert not [cell for cells in many.open(values=False)[name] for cell in cells if cell.data_type == "f"]
    old, new = few.open(values=True), many.open(values=True)
    for name in ("outcome", "change", "predicted", "before"):
        assert column(new["1.1.0"], name) == column(old["1.1.0"], name)
    for name in ("binary_accuracy", "auc", "loss", "fixed", "broken"):
        assert row(new["Summary"], name) == row(old["Summary"], name)
    assert sum("are values" in note for note in many.notes) == 2
    assert "rank" not in [cell.value for cell in new["1.1.0"][1]]


def test_answers_that_are_not_finite_are_wrong_and_leave_a_regression_without_a_metric(tmp_path: Path) -> None:
    classes = models.tumours(1.0)
    classes.answers[:2] = np.nan
    right = (classes.answers.argmax(1) == classes.labels)[2:].sum()
    value = models.diabetes(1.0)
    value.answers[0] = np.inf
    for model in (classes, value):
        version = answers.read([models.write(tmp_path / model.name, model, None)])
        book.write(tmp_path / f"{model.name}.xlsx", version)
    made = Made.__new__(Made)
    made.file = tmp_path / "tumours.xlsx"
    workbook = made.open(values=True)
    assert column(workbook[version_of(workbook)], "predicted")[:2] == ["(not finite)"] * 2
    assert row(workbook["Summary"], "binary_accuracy")[0] == pytest.approx(right / len(classes.labels))
    made.file = tmp_path / "diabetes.xlsx"
    workbook = made.open(values=True)
    assert column(workbook[version_of(workbook)], "error")[0] == "#NUM!"
    assert row(workbook["Summary"], "rmse")[0] is None


def version_of(workbook) -> str:
    return workbook.sheetnames[-1]


def test_versions_that_answer_with_different_things_are_refused(tmp_path: Path) -> None:
    folders = [
        models.write(tmp_path / "registry", models.tumours(1.0), "1.0.0"),
        models.write(tmp_path / "registry", models.diabetes(1.0), "2.0.0"),
    ]
    with pytest.raises(InputError, match=r"1.0.0 and 2.0.0 answer with different things"):
        answers.read(folders)
    with pytest.raises(InputError, match=r"1.0.0 is given twice"):
        answers.read([folders[0], folders[0]])


def test_a_metric_that_only_one_version_has_is_empty_for_the_other(tmp_path: Path) -> None:
    older = models.diabetes(1.0)
    older.task = dataclasses.replace(older.task, log=False)
    folders = [
        models.write(tmp_path / "registry", older, "1.0.0"),
        models.write(tmp_path / "registry", models.diabetes(10.0), "1.1.0"),
    ]
    book.write(tmp_path / "compared.xlsx", answers.read(folders))
    found = row(openpyxl.load_workbook(tmp_path / "compared.xlsx", data_only=True)["Summary"], "rmsle")
    assert found[0] is None
    assert found[1] > 0
    assert found[2] is None


def test_a_workbook_that_fails_leaves_the_one_before(tumours: Made, tmp_path: Path) -> None:
    file = tmp_path / "compared.xlsx"
    file.write_bytes(b"before")
    (tumours.versions[1].folder / "predictions.parquet").rename(tmp_path / "aside")
    try:
        with pytest.raises(InputError):
            book.write(file, tumours.versions)
    finally:
        (tmp_path / "aside").rename(tumours.versions[1].folder / "predictions.parquet")
    assert file.read_bytes() == b"before"
    assert not [path for path in tmp_path.iterdir() if path != file]


def test_a_dossiers_record_of_an_older_slipway_has_no_inputs_of_cases() -> None:
    old = {"line": 1, "why": "A reason.", "expect": {"class": "3"}, "answer": {"class": "3"}, "passed": True}
    assert CaseResult.from_json(json.loads(json.dumps(old))).input is None


@pytest.mark.parametrize("make", [models.grades, models.between])
def test_metrics_of_which_the_sheet_has_no_columns_stand_as_numbers(tmp_path: Path, make) -> None:
    made = Made(tmp_path, make, (1.0, 0.01))
    for place, strength in enumerate((1.0, 0.01)):
        for name, interval in overall.metrics(make(strength).table).items():
            assert row(made.open(values=True)["Summary"], name)[place] == pytest.approx(interval.value, rel=1e-5)
