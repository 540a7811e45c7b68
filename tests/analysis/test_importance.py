import math

import numpy as np
import pytest
from sklearn import datasets, ensemble, inspection, model_selection

from analysis.importance import importance
from schemas.tasks import BinaryClassification, Regression
from tests.analysis.tables import table

CANCER = BinaryClassification("kind", ("malignant", "benign"))


@pytest.fixture(scope="module")
def forest():
    """A forest of ten columns, and its answers to what it has not learned from."""
    data = datasets.load_breast_cancer()
    names = list(map(str, data.feature_names[:10]))
    train, test, known, labels = model_selection.train_test_split(
        data.data[:, :10].astype(np.float32), data.target, test_size=0.4, random_state=0
    )
    model = ensemble.RandomForestClassifier(30, random_state=0).fit(train, known)
    predictions = table(CANCER, labels, model.predict_proba(test), inputs=dict(zip(names, test.T, strict=True)))
    calls = []

    def predict(columns):
        calls.append({name: len(cells) for name, cells in columns.items()})
        return {"probabilities": model.predict_proba(np.stack([columns[name] for name in names], axis=1))}

    expected = inspection.permutation_importance(model, test, labels, n_repeats=40, random_state=0)
    return predictions, predict, calls, expected, names


def test_it_is_that_of_scikit_learn(forest) -> None:
    predictions, predict, calls, expected, names = forest
    found = importance(predictions, predict, repeats=40)
    assert found.notes == ()
    assert calls == [dict.fromkeys(names, 40 * len(predictions))] * len(names)  # one call a column
    means = dict(zip(names, expected.importances_mean, strict=True))
    for each in found.columns:
        assert each.worsening.value == pytest.approx(means[each.column], abs=0.01)
        assert each.worsening.low <= each.worsening.value <= each.worsening.high
    values = [each.worsening.value for each in found.columns]
    assert values == sorted(values, reverse=True) and values[0] > 0.02


def test_the_same_seed_gives_the_same_numbers_and_a_sample_is_said(forest) -> None:
    predictions, predict, *_ = forest
    one, other = (importance(predictions, predict, rows=100, seed=3) for _ in range(2))
    assert one == other
    assert one.notes == ("Importance was measured on 100 of 228 examples, chosen at random.",)


@pytest.mark.parametrize("log", [False, True])
def test_a_linear_model_s_column_adds_twice_its_variance(log: bool) -> None:
    random = np.random.default_rng(0)
    inputs = {
        "much": random.normal(size=20_000),
        "little": random.normal(size=20_000),
        "none": random.normal(size=20_000),
    }

    def values(columns):
        found = 5 + 0.5 * np.asarray(columns["much"]) + 0.2 * np.asarray(columns["little"])
        return np.expm1(found) if log else found

    label = (
        values(inputs) * np.exp(random.normal(0, 0.3, 20_000))
        if log
        else values(inputs) + random.normal(0, 0.3, 20_000)
    )
    predictions = table(Regression("y", log=log), label, values(inputs), inputs=inputs)
    found = importance(predictions, lambda columns: {"value": values(columns)}, rows=10_000)
    assert [each.column for each in found.columns] == ["much", "little", "none"]
    for each, weight in zip(found.columns, (0.5, 0.2, 0.0), strict=True):
        expected = math.sqrt(0.3**2 + 2 * weight**2) - 0.3
        assert each.worsening.low - 0.005 <= expected <= each.worsening.high + 0.005
        assert each.worsening.high - each.worsening.low < 0.06
    assert abs(found.columns[2].worsening.value) < 1e-6


def test_missing_values_and_pictures_arrive_as_a_model_takes_them() -> None:
    inputs = {"age": [1.0, None, 3.0], "name": ["a", None, "c"], "photo": [b"x\0\0", b"y", b"z"]}
    answers = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    seen = []

    def predict(columns):
        seen.append(columns)
        return {"probabilities": np.tile(answers, (len(columns["age"]) // 3, 1))}

    found = importance(table(CANCER, np.array([0, 1, 0]), answers, inputs=inputs), predict, repeats=2)
    assert {each.column for each in found.columns} == set(inputs)
    (asked,) = seen  # all columns fit into one call: two repeats of the age, of the name, of the photo
    assert np.array_equal(asked["age"][6:], np.float32([1, np.nan, 3] * 4), equal_nan=True)
    assert list(asked["name"][:6]) + list(asked["name"][12:]) == ["a", "", "c"] * 4
    assert list(asked["photo"][:12]) == [b"x\0\0", b"y", b"z"] * 4
    assert sorted(asked["photo"][12:]) == sorted([b"x\0\0", b"y", b"z"] * 2)


def test_a_single_column_has_no_ranking() -> None:
    predictions = table(CANCER, np.array([0, 1]), np.eye(2), inputs={"photo": [b"x", b"y"]})
    found = importance(predictions, lambda columns: pytest.fail("the model is not needed"))
    assert found == ((), ("The model reads photo alone, so that columns have no ranking.",))


def test_the_interval_holds_the_true_worsening_at_least_19_times_of_20() -> None:
    """A binary answer that reads two columns: the true worsening is known from a large sample."""
    weights = np.array([1.5, 0.5])

    def drawn(random, count):
        columns = random.normal(size=(count, 2))
        return columns, (random.random(count) < 1 / (1 + np.exp(-columns @ weights))).astype(int)

    def answers(columns):
        score = 1 / (1 + np.exp(-np.stack([columns["a"], columns["b"]], axis=1) @ weights))
        return {"probabilities": np.stack([1 - score, score], axis=1)}

    random = np.random.default_rng(1)
    columns, labels = drawn(random, 200_000)
    moved = np.stack([random.permutation(columns[:, 0]), columns[:, 1]], axis=1)
    truth = ((columns @ weights > 0) == labels).mean() - ((moved @ weights > 0) == labels).mean()
    held = 0
    for _ in range(100):
        columns, labels = drawn(random, 300)
        inputs = dict(zip("ab", columns.T, strict=True))
        found = importance(table(CANCER, labels, answers(inputs)["probabilities"], inputs=inputs), answers)
        interval = next(each.worsening for each in found.columns if each.column == "a")
        held += interval.low <= truth <= interval.high
    assert held >= 90
