"""Metrics, naive baselines and naive losses of several tasks, and where an answer is any number of classes."""

import math
import pickle
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference
from tensorflow_model_analysis.metrics import metric_types

from analysis.losses import losses
from components.evaluation import fit_facts, verdict
from components.evaluation.metrics import Combiner, intervals_of_arrays, of_arrays
from schemas.tasks import BinaryClassification, MulticlassClassification, MultiLabel, Regression, Several
from schemas.training import Training

SURVIVED = BinaryClassification("Survived", classes=("died", "survived"), weight=0.5)
FARE = Regression("Fare", quantiles=(0.1, 0.9))
TAGS = MultiLabel("the tags", classes=("child", "woman", "alone"))
TASK = Several.of((SURVIVED, FARE, TAGS))
ROWS = 2500


def data(rows: int = ROWS) -> tuple[tuple[np.ndarray, ...], dict[str, np.ndarray]]:
    """Labels in the order of the tasks, and a model's outputs by name."""
    random = np.random.default_rng(0)
    positive = random.uniform(size=rows).astype(np.float32)
    fares = random.gamma(2, 20, rows).astype(np.float32)
    value = fares + random.normal(size=rows).astype(np.float32) * 5
    probabilities = random.uniform(size=(rows, 3)).astype(np.float32)
    labels = (random.uniform(size=rows) < positive).astype(np.int64), fares, random.integers(0, 8, rows)
    return labels, {
        "Survived.probabilities": np.stack([1 - positive, positive], axis=1),
        "Survived.class": np.array([b"died"] * rows),
        "Fare.value": value,
        "Fare.low": value - 6,
        "Fare.high": value + 6,
        "the tags.probabilities": probabilities,
    }


def answers(outputs: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    ends = np.stack([outputs[f"Fare.{name}"] for name in ("value", "low", "high")], axis=1)
    return outputs["Survived.probabilities"], ends, outputs["the tags.probabilities"]


def computed(labels: tuple[np.ndarray, ...], outputs: dict[str, np.ndarray]) -> dict[str, float]:
    """By TFMA's inputs as label_keys gives them, in two accumulators that are pickled and merged."""
    combiner, accumulators = Combiner(TASK, "candidate"), []
    for half in np.array_split(np.arange(len(labels[0])), 2):
        accumulator = combiner.create_accumulator()
        for row in half:
            named = {task.label: np.array([label[row]]) for task, label in zip(TASK.tasks, labels, strict=True)}
            # TFMA makes numbers vectors of one.
            answer = {name: np.atleast_1d(values[row]) for name, values in outputs.items()}
            inputs = metric_types.StandardMetricInputs(labels={"candidate": named}, predictions={"candidate": answer})
            accumulator = combiner.add_input(accumulator, inputs)
        accumulators.append(pickle.loads(pickle.dumps(combiner.compact(accumulator))))
    return {
        key.name: value for key, value in combiner.extract_output(combiner.merge_accumulators(accumulators)).items()
    }


def test_each_tasks_metrics_have_its_label_in_front() -> None:
    labels, outputs = data()
    found = computed(labels, outputs)
    assert found["example_count"] == ROWS
    assert {metric.name for metric in TASK.metrics} <= found.keys()
    expected = of_arrays(TASK, labels, answers(outputs))
    for task, label, answer in zip(TASK.tasks, labels, answers(outputs), strict=True):
        for name, interval in intervals_of_arrays(task, label, answer).items():
            assert found[f"{task.label}.{name}"] == pytest.approx(interval.value)
            assert found[f"{task.label}.{name}"] == pytest.approx(expected[f"{task.label}.{name}"])
            assert found[f"{task.label}.{name}_low"] == pytest.approx(interval.low)
            assert found[f"{task.label}.{name}_high"] == pytest.approx(interval.high)


def test_the_loss_is_the_weighted_sum() -> None:
    labels, outputs = data(50)
    parts = [losses(*one) for one in zip(TASK.tasks, labels, answers(outputs), strict=True)]
    assert losses(TASK, labels, answers(outputs)) == pytest.approx(0.5 * parts[0] + parts[1] + parts[2])


def masks(counts: dict[int, int]) -> dict[str, Any]:
    return {
        "rows": sum(counts.values()),
        "missing": {},
        "labels": {"the tags": {"counts": {str(mask): rows for mask, rows in counts.items()}}},
    }


# Of 10 rows 8 are children, 5 women, 1 is alone; of the judged 5 rows 3, 4 and 1.
TRAIN, JUDGED = {0b001: 4, 0b011: 4, 0b010: 1, 0b100: 1}, {0b011: 3, 0b010: 1, 0b100: 1}


def rows_of(counts: dict[int, int]) -> np.ndarray:
    """bool[N, 3]."""
    return np.array([[mask >> bit & 1 for bit in range(3)] for mask, rows in counts.items() for _ in range(rows)], bool)


def test_the_naive_answer_of_any_number_of_classes_is_the_most_frequent_ones() -> None:
    there = rows_of(TRAIN)
    scores = []
    for count in (1, 2, 3):  # child, woman, alone: by falling frequency
        constant = np.tile(np.arange(3) < count, (len(there), 1))
        scores.append(reference.f1_score(there, constant, average="micro"))
    assert int(np.argmax(scores)) == 1
    judged = rows_of(JUDGED)
    expected = reference.f1_score(judged, np.tile([True, True, False], (len(judged), 1)), average="micro")
    summary: Any = {"splits": {"train": masks(TRAIN), "test": masks(JUDGED)}}
    assert verdict.naive_baseline(TAGS, summary, "test") == {"f1_micro": pytest.approx(expected)}


def test_each_task_must_beat_its_own_naive_baseline() -> None:
    kinds = MulticlassClassification("kind", classes=("a", "b"))
    both = Several.of((TAGS, kinds))
    splits: Any = {"train": masks(TRAIN), "test": masks(JUDGED)}
    splits["train"]["labels"]["kind"] = {"counts": {"0": 7, "1": 3}}
    splits["test"]["labels"]["kind"] = {"counts": {"0": 3, "1": 2}}
    naive = verdict.naive_baseline(both, {"splits": splits}, "test")
    assert naive == {"the tags.f1_micro": pytest.approx(naive["the tags.f1_micro"]), "kind.accuracy": 0.6}
    reached = {metric.name: 0.99 for metric in both.metrics} | {"kind.accuracy": 0.5}
    checks = verdict.checks(both, reached, {}, naive, {"the tags.f1_micro": 0.9}, 0.01)
    assert [(check.kind, check.metric, check.passed) for check in checks] == [
        ("naive baseline", "the tags.f1_micro", True),
        ("naive baseline", "kind.accuracy", False),
        ("last blessed", "the tags.f1_micro", True),
    ]


def test_the_naive_loss_is_that_of_the_classes_shares_and_of_several_tasks_the_weighted_sum() -> None:
    splits: Any = {"train": masks(TRAIN), "eval": masks(JUDGED)}
    shares = (rows_of(TRAIN).sum(axis=0) + 1) / 12
    judged = rows_of(JUDGED)
    expected = np.mean([reference.log_loss(judged[:, bit], [shares[bit]] * 5, labels=[0, 1]) for bit in range(3)])
    found = fit_facts.naive_loss(TAGS, Training(), {"splits": splits})
    assert found == pytest.approx(expected)
    moments = {"n": 10, "mean": 2.0, "m2": 10.0}
    for split in splits.values():
        split["labels"]["price"] = moments
    both = Several.of((TAGS, Regression("price", weight=0.5)))
    assert fit_facts.naive_loss(both, Training(), {"splits": splits}) == pytest.approx(expected + 0.5 * 1.0)
    with_ends = Several.of((TAGS, Regression("price", quantiles=(0.1, 0.9))))
    assert fit_facts.naive_loss(with_ends, Training(), {"splits": splits}) is None


def test_no_class_anywhere_leaves_f1_without_a_value() -> None:
    found = of_arrays(TAGS, np.zeros(3, np.int64), np.zeros((3, 3), np.float32))
    assert (found["f1_micro"], found["f1_macro"], found["exact_match"]) == (None, None, 1.0)
    assert found["loss"] == pytest.approx(0.0, abs=1e-6) and math.isfinite(found["loss"] or math.nan)
