"""The report on a model whose answers have any number of classes."""

import itertools

import numpy as np
import pytest

from analysis import multi_hot
from reports import material, report
from reports.sections.section import Section
from schemas.home import Home
from tests.reports import dossiers, models
from tests.reports.dossiers import Model
from tests.reports.pages import Page


@pytest.fixture
def model() -> Model:
    return models.properties(0.01)


@pytest.fixture
def sections(home: Home, model) -> dict[str, Section]:
    return {section.id: section for section in report.sections(material.read(_write(home, model)))}


def _write(home: Home, model: Model, version: str = "1.0.0", **more):
    analysis = models.explained(model)
    verdict = dossiers.verdict_of(analysis, model.task, 0.5)
    return dossiers.write(home.registry("properties"), model, analysis, verdict, version, **more)


def _there(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """bool[N, classes]: the labels and the answers."""
    return multi_hot.bits(model.labels, 4), model.answers >= 0.5


def test_each_class_has_its_scores(sections, model) -> None:
    labels, answers = _there(model)
    rows = sections["errors"].view.rows
    assert [row.name for row in rows] == ["odd", "round", "large", "prime"]
    assert [row.support for row in rows] == labels.sum(0).tolist()
    assert [row.predicted for row in rows] == answers.sum(0).tolist()
    recall = (labels & answers).sum(0) / labels.sum(0)
    assert [row.scores[1][0].partition(" ")[0] for row in rows] == [f"{each:.3f}" for each in recall]
    assert {"classes", "roc", "precision_recall", "reliability", "thresholds"} == {
        figure.slug for figure in sections["errors"].figures
    }


def test_the_lead_counts_what_is_missed_and_what_is_too_much(sections, model) -> None:
    labels, answers = _there(model)
    wrong = int((labels != answers).any(1).sum())
    assert sections["errors"].badge == str(wrong)
    lead = sections["errors"].lead
    assert lead.startswith(f"{wrong} of {len(labels)} answers have not exactly the classes of their label")
    missed, extra = int((labels & ~answers).sum()), int((answers & ~labels).sum())
    assert f"of {labels.sum():,} classes in the labels {missed:,} are missed" in lead
    assert lead.endswith(f"of {answers.sum():,} answered {extra:,} are not there.")


def test_it_says_how_many_classes_there_are_and_which_stand_together(sections, model) -> None:
    labels, answers = _there(model)
    sizes = sections["errors"].view.sizes
    assert sum(int(row[1]) for row in sizes) == sum(int(row[2]) for row in sizes) == len(labels)
    assert int(sizes[2][1]) == int((labels.sum(1) == 2).sum())
    together = {row[0]: row[1:] for row in sections["errors"].view.together}
    for (one, first), (other, second) in itertools.combinations(enumerate(("odd", "round", "large", "prime")), 2):
        both = [int((each[:, one] & each[:, other]).sum()) for each in (labels, answers)]
        if any(both):
            assert together[f"{first}, {second}"] == tuple(map(str, both))


def test_a_failure_names_the_classes_that_are_missing_and_those_that_are_too_many(sections, model) -> None:
    labels, answers = _there(model)
    names = np.array(model.task.classes)
    assert f"{sections['failures'].badge} test examples answered with other classes" in sections["failures"].lead
    for card in sections["failures"].view.first:
        row = card.row - 1
        assert card.expected == (", ".join(names[labels[row]]) or "no class")
        assert card.answered == (", ".join(names[answers[row]]) or "no class")
        missing, wrong = names[labels[row] & ~answers[row]], names[answers[row] & ~labels[row]]
        assert all(name in card.confidence for name in (*missing, *wrong))
        assert ("missing" in card.confidence, "too many" in card.confidence) == (missing.size > 0, wrong.size > 0)
        assert {*missing, *wrong} <= {name for name, _ in card.probabilities}


def test_what_pushes_to_a_mistake_is_said_of_classes_that_are_answered_by_mistake_alone(home: Home, model) -> None:
    found = material.read(_write(home, model))
    labels, answers = _there(model)
    for each in report.attributions.explained(found):
        place = model.task.classes.index(each.target)
        assert answers[each.row, place] and not labels[each.row, place]


def test_the_whole_page_and_its_head(home: Home, model) -> None:
    _write(home, model)
    file = report.write(home, "properties")
    page = Page(file.read_text(encoding="utf-8"))
    labels, answers = _there(model)
    right = int((labels == answers).all(1).sum())
    assert (
        f"It answers {right} of {len(labels)} test examples with exactly the classes of their label: micro F1"
        in page.text
    )
    assert '["' not in page.text, "no JSON for people"
    assert "Found worst is" in page.sections["findings"]
    assert (file.parent / report.FIGURES / "classes.png").stat().st_size > 5_000


def test_two_versions_are_compared_in_words(home: Home, model) -> None:
    _write(home, model)
    later = _write(home, models.properties(10.0), "1.1.0", previous="1.0.0")
    found = {section.id: section for section in report.sections(material.read(later))}["comparison"]
    assert [row.metric for row in found.view.metrics] == ["micro F1", "macro F1", "exact match", "loss"]
    changed = [*found.view.fixed, *found.view.broken]
    assert changed and not any("[" in text for each in changed for text in (each.label, each.before, each.now))


def test_without_the_answers_each_class_is_there_and_the_rest_is_said_to_miss(home: Home, model) -> None:
    folder = _write(home, model)
    (folder / "predictions.parquet").unlink()
    found = {section.id: section for section in report.sections(material.read(folder))}["errors"]
    assert found.view.rows and not found.view.sizes and "predictions.parquet is missing" in found.absent[0]
