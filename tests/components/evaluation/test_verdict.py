import math
from typing import Any

import pytest
from sklearn.metrics import root_mean_squared_log_error

from components.evaluation import verdict
from components.evaluation.verdict import SMALLEST_SLICE
from schemas.records import Check, SliceResult, Verdict
from schemas.tasks import BinaryClassification, MulticlassClassification, Ordinal, Regression, Task

BINARY = BinaryClassification("y", ("a", "b"))
SEVERAL = MulticlassClassification("y", ("a", "b", "c"))
PRICE = Regression("price")


def only(found: list[Check]) -> Check:
    (check,) = found
    return check


def threshold(task: Task, name: str, value: float, bound: float) -> Check:
    return only(verdict.checks(task, {name: value}, {name: bound}, {}, None, 0.01))


@pytest.mark.parametrize(("value", "passed"), [(0.79, False), (0.8, True), (0.81, True)])
def test_a_threshold_is_a_lower_bound_where_higher_is_better(value: float, passed: bool) -> None:
    check = threshold(BINARY, "auc", value, 0.8)
    assert (check.kind, check.metric, check.value, check.bound) == ("threshold", "auc", value, 0.8)
    assert check.passed is passed
    assert check.margin == pytest.approx(value - 0.8)


@pytest.mark.parametrize(("value", "passed"), [(3.1, False), (3.0, True), (2.9, True)])
@pytest.mark.parametrize(("task", "name"), [(PRICE, "rmse"), (PRICE, "mae"), (BINARY, "loss"), (SEVERAL, "loss")])
def test_a_threshold_is_an_upper_bound_where_lower_is_better(task: Task, name: str, value: float, passed: bool) -> None:
    check = threshold(task, name, value, 3.0)
    assert check.passed is passed
    assert check.margin == pytest.approx(3.0 - value)


def test_a_metric_without_a_value_fails_every_check_without_a_margin() -> None:
    metrics = {"binary_accuracy": None}
    found = verdict.checks(BINARY, metrics, {"binary_accuracy": 0.5}, {"binary_accuracy": 0.6}, None, 0.0)
    assert [(check.kind, check.value, check.margin, check.passed) for check in found] == [
        ("threshold", None, None, False),
        ("naive baseline", None, None, False),
    ]
    assert [(check.metric, check.bound) for check in found] == [("binary_accuracy", 0.5), ("binary_accuracy", 0.6)]


def test_a_last_blessed_model_without_a_value_is_not_compared_with() -> None:
    assert verdict.checks(PRICE, {"rmse": 2.0}, {}, {}, {"rmse": None}, 0.0) == []


def test_every_threshold_is_a_check() -> None:
    metrics = {"binary_accuracy": 0.9, "auc": 0.7, "loss": 0.4}
    found = verdict.checks(BINARY, metrics, {"binary_accuracy": 0.8, "auc": 0.8}, {}, None, 0.0)
    assert [(check.metric, check.passed) for check in found] == [("binary_accuracy", True), ("auc", False)]


def test_a_model_without_anything_to_hold_against_it_has_no_checks() -> None:
    assert verdict.checks(BINARY, {"binary_accuracy": 0.1}, {}, {}, None, 0.0) == []


@pytest.mark.parametrize(
    ("task", "name", "value", "naive", "passed"),
    [
        (BINARY, "binary_accuracy", 0.7, 0.6, True),
        (BINARY, "binary_accuracy", 0.6, 0.6, False),
        (BINARY, "binary_accuracy", 0.5, 0.6, False),
        (PRICE, "rmse", 8.0, 9.0, True),
        (PRICE, "rmse", 9.0, 9.0, False),
        (PRICE, "rmse", 9.5, 9.0, False),
    ],
)
def test_the_naive_baseline_must_be_surpassed(task: Task, name: str, value: float, naive: float, passed: bool) -> None:
    check = only(verdict.checks(task, {name: value}, {}, {name: naive}, None, 0.5))
    assert (check.kind, check.bound, check.passed) == ("naive baseline", naive, passed)


@pytest.mark.parametrize(
    ("task", "name", "value", "bound", "passed"),
    [
        (SEVERAL, "accuracy", 0.721, 0.72, True),
        (SEVERAL, "accuracy", 0.719, 0.72, False),
        (PRICE, "rmse", 0.879, 0.88, True),
        (PRICE, "rmse", 0.881, 0.88, False),
    ],
)
def test_the_last_blessed_model_may_be_missed_by_the_tolerance(
    task: Task, name: str, value: float, bound: float, passed: bool
) -> None:
    check = only(verdict.checks(task, {name: value}, {}, {}, {name: 0.8}, 0.1))
    assert (check.kind, check.passed) == ("last blessed", passed)
    assert check.bound == pytest.approx(bound)


def test_without_a_tolerance_an_equal_model_passes() -> None:
    assert only(verdict.checks(PRICE, {"rmse": 2.0}, {}, {}, {"rmse": 2.0, "mae": 0.0}, 0.0)).passed


def test_checks_become_plain_values() -> None:
    assert Check("threshold", "auc", 0.9, 0.8, 0.1, True).to_json() == {
        "kind": "threshold", "metric": "auc", "value": 0.9, "bound": 0.8, "margin": 0.1, "passed": True,
        "of": "value",
    }  # fmt: skip


def counted(train: dict[str, int], judged: dict[str, int]) -> dict[str, Any]:
    return {"splits": {"train": {"labels": {"y": {"counts": train}}}, "test": {"labels": {"y": {"counts": judged}}}}}


def test_the_naive_classifier_answers_the_train_split_s_majority_class() -> None:
    # The test split's own majority, class 1, must not be what is answered.
    summary = counted({"0": 60, "1": 40}, {"0": 2, "1": 8})
    assert verdict.naive_baseline(BINARY, summary, "test") == {"binary_accuracy": pytest.approx(0.2)}


def test_the_naive_classifier_of_several_classes() -> None:
    summary = counted({"0": 1, "2": 5, "1": 3}, {"0": 1, "1": 1, "2": 2})
    assert verdict.naive_baseline(SEVERAL, summary, "test") == {"accuracy": pytest.approx(0.5)}


def test_the_naive_classifier_of_ordered_classes_answers_the_median_one() -> None:
    # Of 10 training labels 0 is the most frequent one and 1 the median; 10 is after 2.
    task = Ordinal("y", tuple("abcdefghijk"))
    summary = counted({"0": 4, "10": 3, "1": 3}, {"0": 2, "1": 1, "10": 1})
    assert verdict.naive_baseline(task, summary, "test") == {"mae": pytest.approx((2 * 1 + 0 + 9) / 4)}


def test_the_naive_classifier_is_never_right_where_its_class_is_not_judged() -> None:
    assert verdict.naive_baseline(BINARY, counted({"0": 9, "1": 1}, {"1": 4}), "test") == {"binary_accuracy": 0.0}


def test_the_naive_classifier_does_not_depend_on_the_order_of_counting() -> None:
    one_way = counted({"0": 5, "1": 5}, {"0": 1, "1": 3})
    other_way = counted({"1": 5, "0": 5}, {"0": 1, "1": 3})
    assert verdict.naive_baseline(BINARY, one_way, "test") == verdict.naive_baseline(BINARY, other_way, "test")


def of_values(values: list[float]) -> dict[str, Any]:
    mean = math.fsum(values) / len(values)
    moments = {"n": len(values), "mean": mean, "m2": math.fsum((value - mean) ** 2 for value in values)}
    return {"labels": {"price": moments}}


def test_the_naive_regressor_answers_the_train_split_s_mean() -> None:
    train, judged = [1.0, 2.0, 6.0], [2.0, 4.0, 9.0, 11.0]
    squares = [(value - 3.0) ** 2 for value in judged]
    summary = {"splits": {"train": of_values(train), "eval": of_values([99.0]), "test": of_values(judged)}}
    assert verdict.naive_baseline(PRICE, summary, "test") == {"rmse": pytest.approx(math.sqrt(sum(squares) / 4))}


def test_where_the_logarithm_is_learned_the_naive_regressor_answers_its_mean() -> None:
    train, judged = [0.0, 20.0, 300.0], [1.0, 15.0, 1500.0, 40.0]

    def logged(values: list[float]) -> dict[str, Any]:
        found = of_values(values)
        found["labels"]["price"]["log"] = of_values([math.log1p(value) for value in values])["labels"]["price"]
        return found

    answer = math.exp(sum(map(math.log1p, train)) / 3) - 1
    rmsle = root_mean_squared_log_error(judged, [answer] * 4)
    summary = {"splits": {"train": logged(train), "test": logged(judged)}}
    assert verdict.naive_baseline(Regression("price", log=True), summary, "test") == {"rmsle": pytest.approx(rmsle)}


def slice_of(name: str, examples: int, **metrics: float | None) -> SliceResult:
    return SliceResult({"Sex": name}, examples, metrics)


@pytest.mark.parametrize(("task", "name", "worst"), [(SEVERAL, "accuracy", "low"), (PRICE, "rmse", "high")])
def test_the_worst_slice_is_at_the_metric_s_bad_end(task: Task, name: str, worst: str) -> None:
    slices = [
        slice_of("middle", 50, **{name: 0.5}),
        slice_of("low", 50, **{name: 0.1}),
        slice_of("high", 50, **{name: 0.9}),
    ]
    found = verdict.worst_slice(task, slices)
    assert found is not None
    assert found.slice == {"Sex": worst}


def test_a_small_slice_is_not_called_the_worst() -> None:
    enough = slice_of("enough", SMALLEST_SLICE, accuracy=0.5)
    few = slice_of("few", SMALLEST_SLICE - 1, accuracy=0.0)
    assert verdict.worst_slice(SEVERAL, [few, enough]) is enough
    assert verdict.worst_slice(SEVERAL, [few]) is None


def test_a_slice_without_the_metric_is_not_called_the_worst() -> None:
    known = slice_of("known", 20, rmse=1.0)
    assert verdict.worst_slice(PRICE, [slice_of("unknown", 20, rmse=None), known]) is known


def test_of_slices_that_are_equally_bad_the_first_is_called_the_worst() -> None:
    first, second = slice_of("first", 20, rmse=1.0), slice_of("second", 30, rmse=1.0)
    assert verdict.worst_slice(PRICE, [first, second]) is first


def test_there_is_no_worst_slice_without_slices() -> None:
    assert verdict.worst_slice(PRICE, []) is None


def judged(task: Task, reached: float, **changes: Any) -> Verdict:
    """The verdict on a candidate with one metric, the task's primary one, and a bad slice."""
    name = task.primary.name
    overall = SliceResult({}, 100, {name: reached})
    arguments: dict[str, Any] = {
        "split": "test", "thresholds": {}, "naive": {}, "baseline": None, "tolerance": 0.0, "note": None
    }  # fmt: skip
    return verdict.judge(task, overall, [slice_of("few", 50, **{name: 0.0})], **arguments | changes)


@pytest.mark.parametrize(
    ("changes", "kinds", "blessed"),
    [
        ({}, [], True),
        ({"thresholds": {"accuracy": 0.9}}, ["threshold"], True),
        ({"thresholds": {"accuracy": 0.91}}, ["threshold"], False),
        ({"thresholds": {"accuracy": 0.5}, "naive": {"accuracy": 0.9}}, ["threshold", "naive baseline"], False),
        ({"naive": {"accuracy": 0.2}, "baseline": {"accuracy": 0.95}}, ["naive baseline", "last blessed"], False),
        ({"baseline": {"accuracy": 0.95}, "tolerance": 0.1}, ["last blessed"], True),
    ],
)
def test_a_model_is_blessed_if_every_check_passes_and_its_slices_decide_nothing(
    changes: dict[str, Any], kinds: list[str], blessed: bool
) -> None:
    found = judged(SEVERAL, 0.9, **changes)
    assert ([check.kind for check in found.checks], found.blessed) == (kinds, blessed)
    assert (found.examples, found.metrics, found.split) == (100, {"accuracy": 0.9}, "test")
    assert found.worst_slice == found.slices[0] and found.baseline == changes.get("baseline")
    assert found.naive == changes.get("naive", {})


@pytest.mark.parametrize("note", [None, "no model was blessed before"])
def test_the_verdict_says_why_the_last_blessed_model_is_not_compared_with(note: str | None) -> None:
    assert judged(PRICE, 2.0, note=note).baseline_note == note
