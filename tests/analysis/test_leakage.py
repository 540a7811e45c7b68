import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from analysis import leakage, samples
from analysis.leakage import leaks
from analysis.samples import Columns
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression

BINARY = BinaryClassification("y", ("no", "yes"))
SEVERAL = MulticlassClassification("y", tuple("abcd"))


def halves(labels, **columns) -> tuple[Columns, Columns]:
    """The even rows to learn from, the odd ones as the test."""
    arrays = {
        name: pa.array(cells, pa.string() if isinstance(next(filter(None, cells)), str) else pa.float32())
        for name, cells in columns.items()
    }
    return tuple(
        Columns({name: cells.take(pa.array(rows)) for name, cells in arrays.items()}, np.asarray(labels)[rows])
        for rows in (np.arange(0, len(labels), 2), np.arange(1, len(labels), 2))
    )


def named(task, halves) -> dict[str, float]:
    return {leak.column: leak.score for leak in leaks(task, *halves)}


def test_numbers_and_strings_that_know_the_class_are_leaks_and_others_are_not() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 600)
    found = leaks(
        BINARY,
        *halves(
            labels,
            falling=(-labels + random.uniform(0, 0.9, 600)).tolist(),
            boat=[str(number) if label else None for label, number in zip(labels, random.integers(1, 9, 600), strict=True)],
            missing=[float(number) if label else None for label, number in zip(labels, random.normal(size=600), strict=True)],
            code=[float(2 * number + label) for label, number in zip(labels, random.integers(0, 5, 600), strict=True)],
            noise=random.normal(size=600).tolist(),
            near=(labels + random.normal(0, 0.4, 600)).tolist(),
            row=[f"row {number}" for number in range(600)],
            number=np.arange(600.0).tolist(),
        ),
    )  # fmt: skip
    assert {leak.column for leak in found} == {"falling", "boat", "missing", "code"}
    how = {leak.column: leak.how for leak in found}
    assert how["falling"] == "the AUC, of the number itself, on 300 test examples"
    assert "the classes' shares by value, learned from 300 training examples" in how["boat"]
    assert "decision tree" in how["code"]


def test_an_id_does_not_leak_by_memorising_and_its_order_does() -> None:
    labels = np.random.default_rng(1).integers(0, 2, 400)
    assert named(BINARY, halves(labels, id=[f"{number:04}" for number in range(400)])) == {}
    assert named(BINARY, halves(np.sort(labels), id=np.arange(400.0).tolist())).keys() == {"id"}


def test_of_several_classes_every_one_must_be_known() -> None:
    random = np.random.default_rng(2)
    labels = random.integers(0, 4, 1200)
    codes = random.permutation(4)[labels]
    some = np.where(labels < 2, labels, random.integers(2, 4, 1200))
    columns = {
        "code": codes.astype(float).tolist(),
        "word": [f"w{code}" for code in codes],
        "some": some.astype(float).tolist(),
    }
    assert named(SEVERAL, halves(labels, **columns)) == {"code": 1.0, "word": 1.0}


def test_a_regression_s_leak_keeps_the_label_s_order() -> None:
    random = np.random.default_rng(3)
    labels = random.lognormal(size=800)
    groups = np.searchsorted(np.sort(labels), labels) // 8
    columns = {
        "log": (-np.log(labels)).tolist(),
        "group": [f"g{group}" for group in groups],
        "noisy": (labels + random.normal(0, 0.2, 800)).tolist(),
        "gaps": [None if gone else value for gone, value in zip(random.random(800) < 0.3, labels, strict=True)],
        "constant": [1.0] * 800,
        "id": [f"{number:04}" for number in range(800)],
    }
    assert named(Regression("y"), halves(labels, **columns)).keys() == {"log", "group"}


@pytest.mark.parametrize("rows", [1, 12, 38])
def test_few_test_examples_show_no_leak(rows: int) -> None:
    labels = np.arange(rows) // 2 % 2
    assert leaks(BINARY, *halves(labels, same=(labels + 1.0).tolist())) == ()
    assert leaks(Regression("y"), *halves(labels * 1.0, same=(labels + 1.0).tolist())) == ()


@given(
    scores=st.lists(st.integers(-5, 5), min_size=4, max_size=40),
    seed=st.integers(0, 1000),
)
@settings(max_examples=50)
def test_the_area_is_that_of_scikit_learn(scores: list[int], seed: int) -> None:
    positive = np.random.default_rng(seed).random(len(scores)) < 0.5
    positive[:2] = True, False
    assert leakage._auc(np.array(scores, float), positive) == pytest.approx(roc_auc_score(positive, scores))


def test_real_columns_are_no_leaks(cancer, diabetes) -> None:
    for predictions in (cancer, diabetes):
        columns = samples.of_predictions(predictions)
        assert leaks(predictions.task, columns, columns) == ()
