"""The report on a model that answers several labels: what is of one label stands once for each, under its name."""

import dataclasses
import json

import numpy as np
import pytest

from registry import dossier
from reports import material, report, wording
from schemas.home import Home
from schemas.records import SliceResult
from tests.reports import dossiers, models, pages
from tests.reports.pages import Page

LABELS = ["diagnosis", "radius", "its size"]
OF_EACH = ("data", "errors", "slices", "failures", "attributions")


@pytest.fixture
def folder(home: Home):
    return dossiers.write_several(home.registry("tumours"), models.passengers(0.01), [0.5, 3.0, 0.5])


@pytest.fixture
def page(folder) -> Page:
    return pages.of_dossier(folder)


def test_each_section_of_a_label_has_a_part_for_each_in_their_order(page) -> None:
    for name in OF_EACH:
        anchors = [each for each in page.ids if each.startswith(f"{name}-")]
        assert anchors == [f"{name}-{number}" for number in (1, 2, 3)]
        heads = [text for level, text in page.headings if level == 3 and text.endswith(tuple(LABELS))]
        assert [text.rpartition(": ")[2] for text in heads][:3] == LABELS
    assert page.text.count("This is the first version.") == 1
    assert len(page.ids) == len(set(page.ids))
    assert all(after - before <= 1 for (before, _), (after, _) in zip(page.headings, page.headings[1:], strict=False))


def test_every_link_of_the_page_leads_somewhere(folder) -> None:
    page = pages.of_dossier(folder)
    links = {value for tag, found in page.tags if tag == "a" for name, value in found.items() if name == "href"}
    assert {"#errors", "#errors-1", "#failures-3"} <= links
    assert {link.removeprefix("#") for link in links} <= set(page.ids)


def test_the_head_says_how_good_each_answer_is_and_the_first_check_of_all(page) -> None:
    first, second, _ = models.passengers(0.01)
    start = page.text.partition("Findings")[0]
    right = int((first.answers.argmax(1) == first.labels).sum())
    assert f"diagnosis: It answers {right} of {len(first.labels)} test examples correctly: accuracy" in start
    rmse = float(np.sqrt(((second.answers - second.labels) ** 2).mean()))
    assert f"radius: On {len(first.labels)} test examples its RMSE is {rmse:.3f}" in start
    assert "RMSE of radius" in page.sections["verdict"] and "accuracy of its size" in page.sections["verdict"]


def test_each_part_has_what_is_of_its_label(folder, page) -> None:
    found = material.read(folder)
    parts = {one.task.label: one for one in found.each}
    assert list(parts) == LABELS
    by_anchor = {part.anchor: part for section in report.sections(found) for part in section.parts}
    assert by_anchor["errors-1"].view.names == ["malignant", "benign"]
    assert "Half of the answers are off by at most" in by_anchor["errors-2"].lead
    assert by_anchor["errors-3"].view.names == ["small", "middle", "large"]
    third = models.passengers(0.01)[2]
    wrong = int((third.answers.argmax(1) != third.labels).sum())
    assert by_anchor["errors-3"].badge == str(wrong)
    assert {card.expected for card in by_anchor["failures-3"].view.first} <= {"small", "middle", "large"}
    accuracy = parts["its size"].record.verdict.metrics["accuracy"]
    assert wording.metric_value(accuracy) in page.text
    assert f"its size: {wrong} of {len(third.labels)} answers are wrong" in page.sections["findings"]


def test_the_figures_of_each_label_are_files_of_their_own(home: Home, folder) -> None:
    figures = {path.stem for path in (report.write(home, "tumours").parent / report.FIGURES).glob("*.png")}
    assert {"confusion-1", "residuals-2", "confusion-3", "training_loss"} <= figures


def test_the_columns_stand_once_and_the_labels_first(folder) -> None:
    inputs = models.passengers(0.01)[0].inputs
    radius = next(iter(inputs))
    content = dossiers.statistics_of({"radius": inputs[radius], **inputs}).SerializeToString()
    (folder / dossier.STATISTICS / "train.pb").write_bytes(content)
    data = next(section for section in report.sections(material.read(folder)) if section.id == "data")
    assert data.view.columns[0].name == "radius" and data.view.columns[0].role == "label"
    assert not any(part.view.columns for part in data.parts)


def test_a_version_is_compared_label_by_label(home: Home, folder) -> None:
    better = models.passengers(0.1)
    better[1].answers = better[1].labels + (better[1].answers - better[1].labels) / 10
    after = dossiers.write_several(home.registry("tumours"), better, [0.5, 3.0, 0.5], version="1.1.0", previous="1.0.0")
    comparison = next(section for section in report.sections(material.read(after)) if section.id == "comparison")
    assert comparison.title == "Comparison with version 1.0.0"
    assert [part.title for part in comparison.parts] == LABELS
    assert "The RMSE is better" in comparison.parts[1].lead
    assert [row.metric for row in comparison.parts[0].view.metrics] == ["accuracy", "AUC", "loss"]
    assert comparison.parts[0].view.changes and not comparison.parts[1].view.changes, "said once"


def test_a_label_that_the_version_before_does_not_answer_says_so(home: Home) -> None:
    first, *others = models.passengers(0.01)
    analysis = models.analysed(first)
    verdict = dossiers.verdict_of(analysis, first.task, 0.5)
    dossiers.write(home.registry("tumours"), first, analysis, verdict, "1.0.0")
    folder = dossiers.write_several(
        home.registry("tumours"), [first, *others], [0.5, 3.0, 0.5], version="2.0.0", previous="1.0.0"
    )
    comparison = next(section for section in report.sections(material.read(folder)) if section.id == "comparison")
    assert comparison.parts[0].view.metrics
    assert comparison.parts[1].lead == "Version 1.0.0 does not answer this label."


def test_what_is_missing_of_one_label_is_named_and_the_others_are_there(folder) -> None:
    (folder / "tasks" / "2" / dossier.ANALYSIS).unlink()
    found = material.read(folder)
    assert found.missing.keys() >= {"tasks/2/analysis.json"} and "analysis.json" not in found.missing
    sections = {part.anchor: part for section in report.sections(found) for part in section.parts}
    assert sections["errors-2"].absent and not sections["errors-3"].absent


def test_a_slice_is_measured_by_each_label(folder) -> None:
    record = dossier.read(folder)
    metrics = {"diagnosis.binary_accuracy": 0.4, "radius.rmse": 9.0, "its size.accuracy": 0.3}
    worst = SliceResult({"note": "plain"}, 50, metrics)
    verdict = dataclasses.replace(record.verdict, slices=(worst,), worst_slice=worst)
    (folder / dossier.RECORD).write_text(json.dumps(dataclasses.replace(record, verdict=verdict).to_json()))
    slices = next(section for section in report.sections(material.read(folder)) if section.id == "slices")
    assert [part.view.rows[0].text.partition(" ")[0] for part in slices.parts] == ["0.400", "9.000", "0.300"]


def test_the_headings_of_a_part_stand_below_its_own(page) -> None:
    assert [level for level, text in page.headings if text == "Confusion matrix"] == [4, 4]
    assert "<h" not in page.text
