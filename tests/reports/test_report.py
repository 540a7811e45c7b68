"""What a report says of real models, read as its reader reads it."""

import base64
import dataclasses
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from registry import decisions, dossier
from reports import report, wording
from reports.report import FIGURES
from schemas.errors import InputError
from schemas.home import Home
from schemas.records import CaseResult, CasesReport, ContractResult, Interval, SliceResult
from tests.reports import dossiers, models, pages
from tests.reports.pages import Page

SECTIONS = (
    "findings", "verdict", "data", "training", "errors", "slices", "failures", "attributions", "comparison", "parameters",
    "lineage",
)  # fmt: skip
MAKERS = [models.digits, models.tumours, models.diabetes, models.grades, models.between]


@pytest.mark.parametrize("make", MAKERS, ids=["digits", "tumours", "diabetes", "grades", "between"])
def test_a_report_is_one_file_with_every_section_and_its_figures(home: Home, make) -> None:
    model = make(0.01)
    _write(home, model, models.explained(model))
    file = report.write(home, model.name)
    page = Page(file.read_text(encoding="utf-8"))
    assert tuple(page.sections) == SECTIONS
    assert all(load.startswith("data:image/") for load in page.loads), "everything is in the file"
    assert [level for level, _ in page.headings].count(1) == 1
    assert all(after - before <= 1 for (before, _), (after, _) in zip(page.headings, page.headings[1:], strict=False))
    assert len(page.ids) == len(set(page.ids))
    assert file == home.reports(model.name) / "1.0.0" / report.FILE
    assert file.stat().st_size < 5_000_000
    drawn = {value.removeprefix("figure-") for value in page.ids if value.startswith("figure-")}
    written = {path.stem for path in (file.parent / FIGURES).glob("*.png")}
    assert drawn <= written and written - drawn <= {"confusion", "slices", "importance"}, "these are tables in the page"
    for path in (file.parent / FIGURES).glob("*.png"):
        with Image.open(path) as image:
            assert min(image.size) > 200 and len(set(image.convert("L").resize((64, 64)).getdata())) > 10


def test_it_says_first_that_a_model_was_refused_and_why(reported) -> None:
    model = models.digits(0.01)
    accuracy = float((model.answers.argmax(1) == model.labels).mean())
    page = reported(model, bound=0.99)
    start = page.text[: page.text.index("Findings")]
    assert "Refused" in start and "digits, run" in start
    assert f"accuracy is {accuracy:.3f}, and the page's threshold asks for at least 0.990" in start
    right = int((model.answers.argmax(1) == model.labels).sum())
    assert f"{right} of {len(model.labels)} test examples correctly" in start


def test_a_model_that_was_pushed_by_force_says_by_whom_and_why(reported, home: Home) -> None:
    reported(models.digits(0.01), bound=0.99, version="1.1.0")
    folder = home.registry("digits") / "1.1.0"
    record = dossier.read(folder)
    forced = decisions.decision(decisions.FORCED, "The audit asked for it.", "1.0.0") | {"by": "ada"}
    card = dataclasses.replace(record.card, decision=forced)
    (folder / dossier.RECORD).write_text(json.dumps(dataclasses.replace(record, card=card).to_json()))
    start = pages.of_dossier(folder).text.partition("Findings")[0]
    assert "It was refused" in start
    assert f"It was pushed all the same, by ada on {forced['at'][:10]}: The audit asked for it." in start


def test_three_examples_are_said_to_mean_little(reported) -> None:
    model = models.digits(0.01)
    right = np.flatnonzero(model.answers.argmax(1) == model.labels)[:3]
    images = [model.inputs["image"][row] for row in right]
    few = dataclasses.replace(model, labels=model.labels[right], answers=model.answers[right], inputs={"image": images})
    page = reported(few)
    assert "3 test examples say little: in truth, accuracy 1 may be anything from 0.4385 to 1." in page.text
    assert "The check of accuracy passed, but 3 examples are too few to be sure." in page.sections["findings"]


def test_the_confusion_matrix_has_the_counts(reported) -> None:
    model = models.tumours(0.01)
    page = reported(model)
    answers = model.answers.argmax(1)
    matrix = next(table for table in page.tables if table[0][0] == "Label" and table[0][-1] == "Examples")
    counts = [[int(((model.labels == label) & (answers == answer)).sum()) for answer in (0, 1)] for label in (0, 1)]
    assert [[int(cell) for cell in row[1:3]] for row in matrix[1:]] == counts
    misses, alarms = (wording.count(each, "example") for each in (counts[1][0], counts[0][1]))
    assert f"{misses} of “benign” answered as “malignant” (false negatives)" in page.sections["findings"]
    assert f"{alarms} of “malignant” as “benign” (false positives)" in page.sections["findings"]


def test_the_failures_are_the_wrong_answers_with_the_largest_losses(reported) -> None:
    model = models.tumours(0.01)
    page = reported(model)
    wrong = model.answers.argmax(1) != model.labels
    chances = model.answers[np.arange(len(model.labels)), model.labels]
    rows = sorted(np.flatnonzero(wrong), key=lambda row: chances[row])
    classes = model.task.classes_or_none
    cards = [attributes for tag, attributes in page.tags if tag == "li" and attributes.get("class") == "card"]
    shown = [(card["data-label"], card["data-answer"]) for card in cards[: len(rows)]]
    assert shown == [(classes[model.labels[row]], classes[1 - model.labels[row]]) for row in rows[: len(shown)]]
    assert f"row {rows[0] + 1}" in page.sections["failures"]


def test_every_number_behind_a_figure_is_in_a_table_and_every_figure_has_a_description(reported) -> None:
    page = reported(models.tumours(0.01))
    charts = [attributes for tag, attributes in page.tags if tag == "svg" and attributes.get("class") == "chart"]
    assert len(charts) >= 5
    for chart in charts:
        assert chart["role"] == "img"
        assert set((chart["aria-labelledby"] or "").split()) <= set(page.ids)
    assert page.text.count("The numbers") == len(charts)


def test_attributions_stand_beside_the_values_and_the_neighbours(reported) -> None:
    model = models.tumours(0.01)
    analysis = models.explained(model)
    page = reported(model, analysis)
    first = next(table for table in page.tables if table[0] == ["Column", "Value", "Attribution", "Neighbour"])
    by_name = {row[0]: row[1:] for row in first[1:]}
    names = list(model.inputs)
    assert [by_name[name][1] for name in names] == ["+0.100", "−0.200", "+0.300", "−0.400", "+0.500"]
    row = next(each for each in analysis.worst if model.answers[each].argmax() != model.labels[each])
    assert float(by_name[names[0]][0]) == pytest.approx(model.inputs[names[0]][row], rel=1e-3)
    assert "row 4711" in page.sections["failures"]
    assert "note (" in page.sections["attributions"] or "note" in page.sections["findings"]


def test_what_pushes_a_regression_to_its_errors_has_their_direction(reported) -> None:
    model = models.diabetes(0.01)
    analysis = models.explained(model)
    section = reported(model, analysis, bound=1e9).sections["attributions"]
    worst = np.array(analysis.worst)
    low = int((model.answers[worst] < model.labels[worst]).sum())
    names = list(model.inputs)  # their attributions rise with their place, and every second one lowers the answer
    assert f"Answered too low, {low} times: lowered most by {names[9]} and {names[7]}" in section
    assert f"Answered too high, {len(worst) - low} times: raised most by {names[8]} and {names[6]}" in section


def test_a_picture_is_shown_pixel_by_pixel_with_its_heat_map_over_it(reported) -> None:
    model = models.digits(0.01)
    analysis = models.explained(model)
    page = reported(model, analysis)
    row = next(each for each in analysis.worst if model.answers[each].argmax() != model.labels[each])
    raw, _, heat, _ = (_decoded(load) for load in page.loads[:4])
    with Image.open(io.BytesIO(model.inputs["image"][row])) as image:
        assert (np.asarray(raw.convert("L")) == np.asarray(image)).all()
    alpha = np.asarray(heat)[..., 3]
    assert alpha[3, 4] > 200 and alpha.sum() == alpha[3, 4], "the one pixel that raises the answer, at its place"
    red, green, blue, _ = np.asarray(heat)[3, 4]
    assert red > green > blue, "orange raises"


def _decoded(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


PARTS = ["predictions.parquet", "analysis.json", "curves.json", "statistics", "schema.pbtxt"]


@pytest.mark.parametrize("broken", [False, True], ids=["missing", "damaged"])
@pytest.mark.parametrize("part", PARTS)
def test_a_report_without_a_part_says_which_and_why(home: Home, part: str, broken: bool) -> None:
    model = models.tumours(0.01)
    folder = _whole_dossier(home, model)
    if (folder / part).is_dir():
        shutil.rmtree(folder / part)
        if broken:
            (folder / part).mkdir()
            (folder / part / "train.pb").write_bytes(b"\x0b\xff\xff damaged")
    else:
        (folder / part).unlink()
        if broken:
            (folder / part).write_bytes(b"\x00 { damaged")
    page = pages.of_dossier(folder)
    assert tuple(page.sections) == SECTIONS
    notice = page.text[page.text.index("Parts of this report are missing.") :]
    assert f"{part} :" in notice[:600]
    assert ("the dossier has none" in notice[:600]) is not broken


def test_a_whole_dossier_has_no_notice(home: Home) -> None:
    model = models.tumours(0.01)
    assert "Parts of this report are missing" not in pages.of_dossier(_whole_dossier(home, model)).text


def _write(home: Home, model, found=None, version: str = "1.0.0", **more) -> Path:
    """A dossier of a model that was blessed."""
    found = found or models.analysed(model)
    bound = 0.0 if model.task.primary.higher_is_better else 1e9
    verdict = dossiers.verdict_of(found, model.task, bound)
    return dossiers.write(home.registry(model.name), model, found, verdict, version, **more)


def _whole_dossier(home: Home, model) -> Path:
    folder = _write(home, model, models.explained(model))
    (folder / dossier.SCHEMA).write_text('feature { name: "note" type: BYTES }')
    for split in ("train", "test"):
        content = dossiers.statistics_of(model.inputs).SerializeToString()
        (folder / dossier.STATISTICS / f"{split}.pb").write_bytes(content)
    return folder


def test_the_statistics_of_the_columns_are_those_of_the_data(home: Home) -> None:
    model = models.tumours(0.01)
    page = pages.of_dossier(_whole_dossier(home, model))
    table = next(table for table in page.tables if table[0][0] == "Column" and "Distribution" in table[0])
    rows = {row[0].rpartition(" ")[0]: row for row in table[1:]}
    values = np.array(model.inputs["mean radius"])
    assert f"mean {values.mean():.3g}" in rows["mean radius"][4] and f"{values.max():.3g}" in rows["mean radius"][4]
    missing = sum(value is None for value in model.inputs["note"]) / len(values)
    assert rows["note"][2] == f"{100 * missing:.1f}%"
    assert f"{len(values):,}" in page.sections["data"]


def test_long_texts_that_tfdv_counts_as_one_are_no_name_and_no_difference_of_splits(home: Home) -> None:
    model = models.tumours(0.01)
    folder = _whole_dossier(home, model)
    large = {"note": ["__LARGE_BYTES__"] * len(model.inputs["note"])}
    content = dossiers.statistics_of(model.inputs | large).SerializeToString()
    (folder / dossier.STATISTICS / "train.pb").write_bytes(content)
    assert "__LARGE_BYTES__" not in pages.of_dossier(folder).sections["data"]


def test_it_compares_with_the_version_before(home: Home) -> None:
    before, now = models.tumours(1e-5), models.tumours(1.0)
    _write(home, before)
    page = pages.of_dossier(_write(home, now, version="1.1.0", previous="1.0.0"))
    right = [model.answers.argmax(1) == model.labels for model in (before, now)]
    fixed, broken = int((~right[0] & right[1]).sum()), int((right[0] & ~right[1]).sum())
    assert f"{fixed:,} fixed, {broken:,} broken" in page.sections["comparison"]
    assert "training.strength 1e-05 1.0" in page.sections["comparison"]
    assert "better by" in page.sections["findings"]
    assert "1 change since version 1.0.0" in page.sections["parameters"]


def test_a_version_before_that_is_gone_is_named(home: Home) -> None:
    page = pages.of_dossier(_write(home, models.tumours(1.0), version="1.1.0", previous="1.0.0"))
    assert "The dossier of version 1.0.0 cannot be read" in page.sections["comparison"]


def test_slices_stand_with_their_intervals_the_worst_first(reported) -> None:
    model = models.tumours(0.01)
    slices = tuple(_slice(name, value) for name, value in (("good", 0.9), ("bad", 0.4), ("<b>fair</b>", 0.7)))
    page = reported(model, slices=slices, bound=0.5)
    table = next(table for table in page.tables if table[0] == ["Slice", "Examples", "Accuracy", "Interval"])
    assert [row[0] for row in table[1:]] == ["note bad worse", "note <b>fair</b> worse", "note good"]
    assert table[1][2] == "0.400 (0.300 to 0.450)"


def _slice(name: str, value: float) -> SliceResult:
    interval = Interval(value, value - 0.1, value + 0.05)
    return SliceResult({"note": name}, 20, {"binary_accuracy": value}, {"binary_accuracy": interval})


def test_contracts_and_cases_that_were_not_kept_are_shown(home: Home) -> None:
    model = models.tumours(0.01)
    found = models.analysed(model)
    contract = ContractResult("Monotone('mean radius')", 0.95, 100, 0.62, False, ("0000000000000005",))
    verdict = dataclasses.replace(dossiers.verdict_of(found, model.task, 0.5), contracts=(contract,))
    inputs = dict.fromkeys(model.inputs, 1.5) | {"note": "a picked note"}
    answer = {"class": "benign", "confidence": 0.75}
    case = CaseResult(3, "A tumour of a textbook.", {"class": "malignant"}, answer, False, inputs)
    folder = dossiers.write(home.registry(model.name), model, found, verdict, cases=CasesReport.of((case,)))
    page = pages.of_dossier(folder)
    section = page.sections["verdict"]
    assert "The contract Monotone('mean radius') is broken: 62.0% of 100 changed examples" in page.sections["findings"]
    assert "Monotone('mean radius') ✗ broken 62.0% 95.0% 100 0000000000000005" in section
    assert "0 of 1 as expected" in section and "3 malignant benign with 0.7500 A tumour of a textbook." in section
    assert "note a picked note" in section


def test_the_newest_version_is_reported_and_another_one_by_its_name(home: Home) -> None:
    for version in ("1.9.0", "1.10.0"):
        _write(home, models.tumours(0.01), version=version)
    assert report.write(home, "tumours").parent.name == "1.10.0"
    assert report.write(home, "tumours", "1.9.0").parent.name == "1.9.0"
    with pytest.raises(InputError, match=r"its versions are 1\.9\.0, 1\.10\.0"):
        report.write(home, "tumours", "2.0.0")


def test_where_no_model_was_pushed_the_refused_one_is_reported(reported, home: Home) -> None:
    reported(models.digits(0.01), bound=0.999)
    file = report.write(home, "digits")
    assert file.parent.parent == home.reports("digits") / "refused"


def test_a_report_that_fails_leaves_the_one_before(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(home, models.tumours(0.01))
    file = report.write(home, "tumours")
    before = file.read_bytes()
    monkeypatch.setattr("reports.rendering.render", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        report.write(home, "tumours")
    assert file.read_bytes() == before
    assert not list(file.parent.rglob("*.part"))


def test_the_record_is_read_as_the_registrar_wrote_it(reported, home: Home) -> None:
    page = reported(models.tumours(0.01), bound=0.5)
    record = json.loads((home.registry("tumours") / "1.0.0" / dossier.RECORD).read_text())
    assert record["run_id"] in page.sections["lineage"]
    assert record["card"]["data"]["fingerprint"] in page.sections["lineage"]
    assert record["lineage"][0]["uri"] in page.sections["lineage"]
