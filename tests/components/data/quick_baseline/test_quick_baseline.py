"""Plain models on a source's rows: what thresholds and cases are made of."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from components.data import quick_baseline, sources
from components.data.quick_baseline import Measured
from components.data.summary import Summary, of_batch
from components.evaluation import verdict
from schemas import cases, model_card
from schemas.columns import Label
from schemas.description import Description
from schemas.features import Category, Feature, Number, Text
from schemas.sources import Csv
from schemas.splits import Splits
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression, Task

RANDOM = np.random.default_rng(3)
SIZE = RANDOM.normal(size=600)
KIND = RANDOM.choice(["brig", "cog"], 600)
SCORE = SIZE + (KIND == "brig") + RANDOM.normal(scale=0.3, size=600)
YES_NO = BinaryClassification(label="label", classes=("no", "yes"))
FEATURES: dict[str, Feature] = {"size": Number(), "kind": Category()}
KINDS = {"size": "number", "kind": "string", "label": "label"}


def measured(folder: Path, task: Task, labels: list[object], **features: Feature) -> Measured | None:
    (folder / "ships").mkdir(exist_ok=True)
    rows = [f"{size:.4f},{kind},{label}" for size, kind, label in zip(SIZE, KIND, labels, strict=False)]
    (folder / "ships" / "ships.csv").write_text("\n".join(["size,kind,label", *rows]) + "\n")
    source = Csv("ships.csv")
    located = sources.prepare(source, "ships", folder, KINDS)
    description = Description("ships", task, features or FEATURES)
    return quick_baseline.measured(source, located.path, description, Splits(), KINDS, len(rows))


def card(task: Task) -> model_card.ModelCard:
    return model_card.of_description(Description("ships", task, FEATURES), [], {}, "", {})


def test_thresholds_are_below_what_a_plain_model_reaches(tmp_path: Path) -> None:
    found = measured(tmp_path, YES_NO, ["yes" if score > 0.5 else "no" for score in SCORE])
    assert found is not None and found.judged_on == len(found.test) and found.trained_on > 300
    accuracy, auc = found.metrics["binary_accuracy"], found.metrics["auc"]
    assert accuracy.value and accuracy.low and auc.value and 0.85 < accuracy.value < 1 and auc.value > 0.9
    bounds = quick_baseline.thresholds(YES_NO, found)
    assert [*bounds] == ["binary_accuracy", "auc"]
    assert 0.5 < bounds["binary_accuracy"] <= min(accuracy.low, 0.97 * accuracy.value)


@pytest.mark.parametrize(
    ("task", "labels"),
    [
        (YES_NO, RANDOM.choice(["no", "yes"], 600, p=(0.2, 0.8))),
        (MulticlassClassification(label="label", classes=("a", "b", "c")), RANDOM.choice(["a", "b", "c"], 600)),
        (Regression(label="label"), RANDOM.normal(size=600).round(3)),
        (Regression(label="label", log=True), RANDOM.lognormal(size=600).round(3)),
    ],
)
def test_labels_that_nothing_tells_of_have_no_threshold(task: Task, labels: np.ndarray, tmp_path: Path) -> None:
    found = measured(tmp_path, task, [*labels])
    assert found is not None and found.naive[task.primary.name].value
    assert quick_baseline.thresholds(task, found) == {}


@pytest.mark.parametrize("task", [YES_NO, Regression(label="label"), Regression(label="label", log=True)])
def test_the_naive_baseline_is_the_evaluator_s(task: Task, tmp_path: Path) -> None:
    answers = ["yes" if score > 0.3 else "no" for score in SCORE] if task.classes_or_none else np.exp(SCORE).round(4)
    found = measured(tmp_path, task, [*answers])
    assert found is not None
    labels = pa.array(found.sample.labels)
    column = Label("label", task.classes_or_none, task.log_label)
    parts = {"train": found.sample.splits == 0, "test": found.sample.splits == 2}
    batches = {
        name: pa.record_batch({"label": [[one] for one in labels.filter(pa.array(part)).to_pylist()]})
        for name, part in parts.items()
    }
    counted = Summary(splits={name: of_batch(batch, [column]) for name, batch in batches.items()})
    (expected,) = verdict.naive_baseline(task, counted, "test").items()
    assert found.naive[expected[0]].value == pytest.approx(expected[1])


@pytest.mark.parametrize("log", [False, True])
def test_a_number_has_an_upper_bound_of_its_error(log: bool, tmp_path: Path) -> None:
    task = Regression(label="label", log=log)
    found = measured(tmp_path, task, [*(np.exp(SCORE) * 100).round(2)])
    assert found is not None
    primary = found.metrics[task.primary.name]
    (bound,) = quick_baseline.thresholds(task, found).values()
    assert primary.value and primary.high and bound >= max(primary.high, 1.1 * primary.value)
    lines = quick_baseline.cases(task, {"size": "number", "kind": "string"}, found)
    parsed = cases.parse(lines, card(task))
    assert len(parsed) == 3
    for case in parsed:
        low, high = case.expect["between"]
        assert low < high


def test_cases_are_rows_of_the_file_that_are_answered_right(tmp_path: Path) -> None:
    found = measured(tmp_path, YES_NO, ["yes" if score > 0.5 else "no" for score in SCORE])
    assert found is not None
    parsed = cases.parse(quick_baseline.cases(YES_NO, {"size": "number", "kind": "string"}, found), card(YES_NO))
    assert len(parsed) == 3 and {case.expect["class"] for case in parsed} == {"no", "yes"}
    assert len({case.why for case in parsed}) == 3
    for case in parsed:
        row = int(case.why.split()[1].rstrip(",")) - 1
        assert case.input == {"size": pytest.approx(round(SIZE[row], 4)), "kind": KIND[row]}
        assert case.expect["class"] == ("yes" if SCORE[row] > 0.5 else "no")


def test_a_pattern_that_no_line_can_draw_is_learned_by_trees(tmp_path: Path) -> None:
    found = measured(tmp_path, YES_NO, ["yes" if abs(size) > 0.7 else "no" for size in SIZE])
    assert found is not None and found.model == "histogram gradient boosting"
    assert (found.metrics["binary_accuracy"].value or 0) > 0.9


def test_too_few_rows_are_not_judged(tmp_path: Path) -> None:
    assert measured(tmp_path, YES_NO, ["yes", "no"] * 15) is None


def test_texts_and_many_classes_are_read(tmp_path: Path) -> None:
    task = MulticlassClassification(label="label", classes=tuple(f"c{n:02}" for n in range(30)))
    labels = [f"c{n % 30:02}" for n in range(600)]
    found = measured(tmp_path, task, [*labels], kind=Text(encoding="tf_idf"))
    assert found is not None and found.model == "logistic regression"
    assert all(json.loads(line)["input"] for line in quick_baseline.cases(task, {"kind": "string"}, found).splitlines())
