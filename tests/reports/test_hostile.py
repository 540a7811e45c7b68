"""Data that could break a report, or make it too large for anybody's browser."""

import dataclasses
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from analysis import records
from reports import pictures
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression
from tests.reports import dossiers, models, pages
from tests.reports.dossiers import Model

MOST = 5_000_000
ATTACKS = [
    "<script>document.title = 'attacked'</script>",
    "<img src=x onerror=\"document.title = 'attacked'\">",
    "</style></script><b>out</b>",
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }} {% for x in y %}",
    "javascript:alert(1)",
    "\x00\x1b[31m\u202e backwards \ud7ff",
]


def test_texts_with_markup_are_shown_and_not_run(reported) -> None:
    model = models.texts([attack * 2 for attack in ATTACKS] * 3, ("<i>calm</i>", "loud & <b>proud</b>"))
    parts = tuple(records.Part(attack, attack, 0.5) for attack in ATTACKS)
    attributions = tuple(records.Attribution(row, ATTACKS[0], 0.9, 0.1, 0.0, parts) for row in range(20))
    neighbours = tuple(
        records.Neighbour(row, ATTACKS[1], 3, {"text": ATTACKS[1] * 9}, ATTACKS[0], 0.5) for row in range(20)
    )
    analysis = models.analysed(model, attributions=attributions, neighbours=neighbours, notes=(ATTACKS[0],))
    page = reported(model, analysis)
    assert {tag for tag, _ in page.tags} & {"b", "i", "iframe", "object"} == set()
    assert [attributes for tag, attributes in page.tags if tag == "script"] == [{}], "the page's own"
    assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    assert all(load.startswith("data:image/") for load in page.loads)
    assert "<script>document.title" in page.text and "{{ 7 * 7 }}" in page.text


def test_huge_texts_are_cut_and_say_so(reported) -> None:
    model = models.texts(["word " * 40_000] * 70)
    words = tuple(records.Part(f"word{place}", "", 0.001 * (place % 7 - 3)) for place in range(2_000))
    analysis = models.analysed(
        model,
        attributions=tuple(records.Attribution(row, "loud", 0.9, 0.1, 0.0, words) for row in range(50)),
        neighbours=tuple(records.Neighbour(row, "k", 3, {"text": "near " * 40_000}, "calm", 0.5) for row in range(50)),
    )
    page = reported(model, analysis)
    assert page.bytes < MOST
    assert "(1,840 words more)" in page.sections["failures"] and "more characters)" in page.sections["failures"]


def test_a_thousand_classes(reported) -> None:
    random = np.random.default_rng(0)
    answers = random.dirichlet(np.full(1000, 0.1), 3000).astype(np.float32)
    labels = np.where(random.random(3000) < 0.5, answers.argmax(1), random.integers(0, 1000, 3000))
    model = Model(
        name="many",
        task=MulticlassClassification("kind", tuple(f"class {number}" for number in range(1000))),
        inputs={"x": random.random(3000).tolist()},
        labels=labels,
        answers=answers,
    )
    page = reported(model, bound=0.1)
    assert page.bytes < MOST
    assert "The 20 classes with most mistakes, of 1,000" in page.sections["errors"]
    assert "975 more classes" in page.sections["errors"]


def test_a_hundred_columns(reported) -> None:
    random = np.random.default_rng(0)
    answers = random.random(500).astype(np.float32)
    model = Model(
        name="wide",
        task=BinaryClassification("y", ("no", "yes")),
        inputs={f"column {number}": random.random(500).tolist() for number in range(100)},
        labels=random.integers(0, 2, 500),
        answers=np.stack([1 - answers, answers], 1),
    )
    page = reported(model, models.explained(model), bound=0.1)
    assert page.bytes < MOST
    assert "92 more columns" in page.sections["failures"]
    assert "column 99" in page.sections["failures"]


def test_large_pictures_are_made_small_and_what_has_no_room_is_counted(reported) -> None:
    random = np.random.default_rng(0)
    file = io.BytesIO()
    Image.fromarray(random.integers(0, 256, (600, 800, 3), np.uint8)).save(file, "JPEG", quality=95)
    count = 60
    model = Model(
        name="photos",
        task=MulticlassClassification("kind", ("a", "b", "c")),
        kinds={"photo": "image"},
        inputs={"photo": [file.getvalue()] * count},
        labels=np.zeros(count, int),
        answers=np.tile(np.array([0.1, 0.8, 0.1], np.float32), (count, 1)),
    )
    heat = tuple(tuple(float(value) for value in row) for row in random.normal(size=(160, 160)))
    analysis = models.analysed(
        model, attributions=tuple(records.Attribution(row, "b", 0.8, 0.1, 0.0, (), heat) for row in range(50))
    )
    page = reported(model, analysis)
    assert page.bytes < MOST
    assert "would make the file too large" in page.sections["failures"]


def test_files_that_are_no_pictures_are_said_to_be_none(reported) -> None:
    model = models.digits(0.01)
    rows = np.flatnonzero(model.answers.argmax(1) != model.labels)[:8]
    broken = [
        b"",
        b"not a picture",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        model.inputs["image"][0][:60],
        *[b"GIF89a"] * 4,
    ]
    few = dataclasses.replace(
        model,
        labels=model.labels[rows],
        answers=model.answers[rows],
        inputs={"image": broken},
        kinds={"image": "image"},
    )
    page = reported(few)
    assert page.sections["failures"].count("cannot be shown") == 8


@given(st.binary(max_size=200))
def test_no_file_breaks_a_picture(file: bytes) -> None:
    assert pictures.picture(b"\x89PNG\r\n\x1a\n" + file).source == ""


def test_a_model_without_a_mistake(reported) -> None:
    model = models.digits(1.0)
    right = np.flatnonzero(model.answers.argmax(1) == model.labels)
    images = [model.inputs["image"][row] for row in right]
    page = reported(
        dataclasses.replace(model, labels=model.labels[right], answers=model.answers[right], inputs={"image": images})
    )
    assert f"All {len(right)} test examples are answered as their label says." in page.sections["errors"]
    assert "No test example is answered wrongly" in page.sections["failures"]


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize(
    "make", [models.tumours, models.digits, models.diabetes], ids=["tumours", "digits", "diabetes"]
)
def test_one_or_two_examples(reported, make, rows: int) -> None:
    model = make(0.01)
    few = dataclasses.replace(
        model,
        labels=model.labels[:rows],
        answers=model.answers[:rows],
        inputs={name: values[:rows] for name, values in model.inputs.items()},
    )
    page = reported(few, bound=1e9 if model.task.classes_or_none is None else 0.0)
    assert ("1 test example" if rows == 1 else "2 test examples") in page.text


def test_answers_that_are_not_finite(reported) -> None:
    model = models.digits(0.01)
    answers = model.answers.copy()
    answers[:40] = np.nan
    page = reported(dataclasses.replace(model, answers=answers), bound=0.5)
    assert "40 of them because no finite probability was computed" in page.sections["errors"]
    assert "nan" not in page.text.lower().split()


def test_values_that_are_not_finite(reported) -> None:
    model = models.diabetes(0.01)
    answers = model.answers.copy()
    answers[:3] = np.nan, np.inf, -np.inf
    page = reported(dataclasses.replace(model, answers=answers), bound=1e9, version="1.0.0")
    words = page.text.lower().split()
    assert "nan" not in words and "inf" not in words


def test_records_without_any_number(home) -> None:
    """What JSON may hold: every metric and interval without a value."""
    model = models.tumours(0.01)
    found = models.explained(model)
    folder = dossiers.write(home.registry("tumours"), model, found, dossiers.verdict_of(found, model.task, 0.5))
    file = folder / "analysis.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps(_emptied(content)))
    page = pages.of_dossier(folder)
    assert "no value" in page.sections["errors"]


def _emptied(value):
    """``value`` with every interval's numbers gone, and every other float NaN."""
    if isinstance(value, dict):
        if value.keys() == {"value", "low", "high"}:
            return {"value": None, "low": None, "high": None}
        return {key: _emptied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_emptied(item) for item in value]
    return float("nan") if isinstance(value, float) else value


def test_a_regression_of_a_constant_label(reported) -> None:
    model = Model(
        name="constant",
        task=Regression("y"),
        inputs={"x": [1.0] * 30},
        labels=np.full(30, 5.0),
        answers=np.full(30, 5.0),
    )
    page = reported(model, bound=1.0)
    assert "Half of the answers are off by at most 0" in page.sections["errors"]
