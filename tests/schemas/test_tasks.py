import math

import pytest

from schemas import codec
from schemas.problems import Problem
from schemas.tasks import (
    BinaryClassification,
    Forecast,
    MulticlassClassification,
    MultiLabel,
    Ordinal,
    Regression,
    Several,
    Task,
)
from schemas.tasks.several import named, own

PAIR = "two numbers, 0 < low < 0.5 < high < 1, such as (0.05, 0.95)"
TWO_CLASSES = ("died", "survived")


@pytest.mark.parametrize(
    "task",
    [
        BinaryClassification("y", TWO_CLASSES),
        MulticlassClassification("y", TWO_CLASSES),
        MulticlassClassification("y", tuple("0123456789")),
        Ordinal("y", ("poor", "fair", "good")),
        Regression("y"),
        Regression("y", log=True),
        Regression("y", quantiles=(0.1, 0.75)),
        Regression("y", weight=0.5),
        MultiLabel("y", ("red",)),
        MultiLabel("y", tuple(f"c{number}" for number in range(62)), separator=";", threshold=0.3),
        Several.of((Regression("y"), MultiLabel("z", ("red", "blue")), Ordinal("x", ("low", "high")))),
    ],
)
def test_a_sound_task_has_no_problems(task: Task) -> None:
    assert list(task.problems()) == []


@pytest.mark.parametrize(
    ("task", "field", "received", "allowed"),
    [
        (Regression(""), "label", "", "a string that is not empty"),
        (Regression("y", log=1), "log", 1, "True or False"),
        (Regression("y", quantiles=(0.6, 0.9)), "quantiles", (0.6, 0.9), PAIR),
        (Regression("y", quantiles=(0, 0.9)), "quantiles", (0, 0.9), PAIR),
        (Regression("y", quantiles=(0.9, 0.1)), "quantiles", (0.9, 0.1), PAIR),
        (Regression("y", quantiles=0.9), "quantiles", 0.9, PAIR),
        (Regression("y", quantiles=(0.1, True)), "quantiles", (0.1, True), PAIR),
        (Regression("y", quantiles=("0.1", 0.9)), "quantiles", ("0.1", 0.9), PAIR),
        (Regression(None), "label", None, "a string that is not empty"),
        (BinaryClassification("", TWO_CLASSES), "label", "", "a string that is not empty"),
        (MulticlassClassification(5, TWO_CLASSES), "label", 5, "a string that is not empty"),
        (BinaryClassification("y"), "classes", (), "at least 2 of them"),
        (BinaryClassification("y", ("a",)), "classes", ("a",), "at least 2 of them"),
        (BinaryClassification("y", ("a", "a")), "classes", ("a", "a"), "each of them once"),
        (BinaryClassification("y", ["a", "b"]), "classes", ["a", "b"], "a tuple of strings"),
        (BinaryClassification("y", (0, 1)), "classes", (0, 1), "a tuple of strings"),
        (
            BinaryClassification("y", ("a", "b", "c")),
            "classes",
            ("a", "b", "c"),
            "two classes here, or MulticlassClassification",
        ),
        (MulticlassClassification("y", "ab"), "classes", "ab", "a tuple of strings"),
        (MulticlassClassification("y", ("a",)), "classes", ("a",), "at least 2 of them"),
        (Regression("y", weight=-1), "weight", -1, "a number of at least 0"),
        (MultiLabel("y"), "classes", (), "at least 1 of them"),
        (MultiLabel("y", ("a",), separator=""), "separator", "", "a string that is not empty"),
        (MultiLabel("y", tuple(f"c{number}" for number in range(63))), "classes", 63, "at most 62 classes"),
        (MultiLabel("y", ("a|b",)), "classes", "a|b", "names without '|', a [ in front or space around them"),
        (MultiLabel("y", (" a",)), "classes", " a", "names without '|', a [ in front or space around them"),
        (MultiLabel("y", ("[a",)), "classes", "[a", "names without '|', a [ in front or space around them"),
        (MultiLabel("y", ("a",), threshold=1), "threshold", 1, "a number, above 0 and below 1"),
        (MultiLabel("y", ("a",), threshold=True), "threshold", True, "a number, above 0 and below 1"),
        (Several.of((Regression("y"), Regression("z", log=2))), "'z'.log", 2, "True or False"),
        (
            Several.of((Regression("y"), Forecast("z", time="t"))),
            "tasks",
            "Forecast",
            "tasks of one answer a row: a forecast has a page of its own",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(task: Task, field: str, received: object, allowed: str) -> None:
    assert list(task.problems()) == [Problem(field, received, allowed)]


def test_the_first_metric_is_the_primary_one() -> None:
    assert BinaryClassification("y", TWO_CLASSES).primary.name == "binary_accuracy"
    assert MulticlassClassification("y", TWO_CLASSES).primary.name == "accuracy"
    assert Regression("y").primary.name == "rmse"
    assert Regression("y", log=True).primary.name == "rmsle"


def test_what_is_learned_of_the_label_decides_what_is_measured() -> None:
    assert [metric.name for metric in Regression("y").metrics] == ["rmse", "mae"]
    assert [metric.name for metric in Regression("y", log=True).metrics] == ["rmsle", "rmse", "mae"]
    assert Regression("y", log=True).log_label
    assert not Regression("y").log_label and not BinaryClassification("y", TWO_CLASSES).log_label


@pytest.mark.parametrize(
    ("task", "name", "higher_is_better", "high"),
    [
        (BinaryClassification("y", TWO_CLASSES), "binary_accuracy", True, 1.0),
        (BinaryClassification("y", TWO_CLASSES), "auc", True, 1.0),
        (BinaryClassification("y", TWO_CLASSES), "loss", False, math.inf),
        (MulticlassClassification("y", TWO_CLASSES), "accuracy", True, 1.0),
        (MulticlassClassification("y", TWO_CLASSES), "loss", False, math.inf),
        (Regression("y"), "rmse", False, math.inf),
        (Regression("y"), "mae", False, math.inf),
        (Regression("y", log=True), "rmsle", False, math.inf),
    ],
)
def test_a_metric_knows_its_better_end(task: Task, name: str, higher_is_better: bool, high: float) -> None:
    metric = task.metric(name)
    assert (metric.name, metric.higher_is_better, metric.high) == (name, higher_is_better, high)


def test_quantiles_are_the_share_that_an_interval_promises() -> None:
    task = Regression("y", log=True, quantiles=(0.05, 0.95))
    assert task.share == 0.9 and Regression("y").share is None
    assert [metric.name for metric in task.metrics] == ["rmsle", "rmse", "mae", "coverage", "width"]
    assert task.metric("coverage").higher_is_better and not task.metric("width").higher_is_better
    assert task.judged == ("value", "low", "high") and task.output["units"] == 3


def test_a_regression_has_no_classes() -> None:
    assert Regression("y").classes_or_none is None
    assert BinaryClassification("y", TWO_CLASSES).classes_or_none == TWO_CLASSES


def test_what_belongs_to_one_of_several_tasks_has_its_label_in_front() -> None:
    price, kind = Regression("the price"), BinaryClassification("kind", ("a", "b"), weight=3)
    task = Several.of((price, kind))
    assert task.label == "the price" and task.parts == (price, kind) and price.parts == (price,)
    assert [metric.name for metric in task.metrics] == [
        "the price.rmse", "the price.mae", "kind.binary_accuracy", "kind.auc", "kind.loss",
    ]  # fmt: skip
    assert task.primary.name == "the price.rmse" and not task.primary.higher_is_better
    assert task.judged == ("the price.value", "kind.probabilities")
    assert task.output["units"] == 2
    assert own(kind, {named(kind, "auc"): 0.5, named(price, "mae"): 2.0}) == {"auc": 0.5}
    assert codec.loads(codec.dumps(task)) == task


def test_one_of_several_tasks_counts() -> None:
    none, one = Regression("y", weight=0), Regression("z", weight=0.1)
    assert not list(Several.of((none, one)).problems())
    (problem,) = Several.of((none, Regression("z", weight=0))).problems()
    assert problem.field == "tasks" and problem.allowed.startswith("a weight above 0 for one of them")


def test_labels_may_begin_alike_and_be_called_as_outputs_are() -> None:
    parts = Regression("a"), Regression("a.b"), Regression("value"), Regression("a.b.value")
    metrics = {metric.name: part.label for part in parts for metric in Several.of((part,)).metrics}
    assert len(metrics) == 8
    assert all(own(part, metrics) == {"rmse": part.label, "mae": part.label} for part in parts)


def test_a_label_stands_once() -> None:
    found = list(Several.of((Regression("y"), Ordinal("y", ("a", "b")))).problems())
    assert found[0] == Problem("tasks", "y", "each label once")
