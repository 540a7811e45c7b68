import numpy as np
import pytest
from sklearn import datasets, linear_model, model_selection, pipeline, preprocessing

from analysis import label_noise
from analysis.predictions import Predictions
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression
from tests.analysis.tables import table


@pytest.fixture(scope="module")
def flipped() -> tuple[Predictions, np.ndarray]:
    """Out-of-fold answers to digits of which one in twenty got another label; and which ones."""
    data, random = datasets.load_digits(), np.random.default_rng(0)
    wrong = random.choice(len(data.target), len(data.target) // 20, replace=False)
    labels = data.target.copy()
    labels[wrong] = (labels[wrong] + random.integers(1, 10, len(wrong))) % 10
    model = pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression(C=0.01))
    answers = model_selection.cross_val_predict(model, data.data, labels, cv=5, method="predict_proba")
    return table(MulticlassClassification("digit", tuple(map(str, range(10)))), labels, answers), wrong


def test_most_of_the_flipped_labels_are_found_and_few_others(flipped) -> None:
    predictions, wrong = flipped
    found = label_noise.suspects(predictions, most=1000)
    right = {suspect.row for suspect in found} & set(wrong)
    assert len(right) >= 0.7 * len(wrong)  # 77 per cent of 89
    assert len(right) >= 0.85 * len(found)  # 93 per cent


def test_the_most_suspect_come_first_with_what_the_model_answers(flipped) -> None:
    predictions, wrong = flipped
    found = label_noise.suspects(predictions)
    assert len(found) == label_noise.MOST
    assert [suspect.quality for suspect in found] == sorted(suspect.quality for suspect in found)
    assert len({suspect.row for suspect in found} & set(wrong)) >= 0.95 * len(found)
    names, truth = predictions.classes, datasets.load_digits().target
    for suspect in found:
        assert suspect.label == names[predictions.labels[suspect.row]] != suspect.suggested
    assert np.mean([suspect.suggested == names[truth[suspect.row]] for suspect in found]) > 0.9


def test_labels_that_the_model_agrees_with_are_not_suspect(digits) -> None:
    agreed = digits.labels == digits.answers
    kept = Predictions(digits.info, digits.table.filter(agreed))
    assert label_noise.suspects(kept) == ()


def test_answers_that_are_not_finite_and_absent_classes_are_passed_over() -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 200)
    answers = np.zeros((200, 3))
    answers[np.arange(200), labels] = 0.9
    answers[:, 2] = 0.1
    answers[7], answers[9] = np.nan, [0.02, 0.98, 0.0] if labels[9] == 0 else [0.98, 0.02, 0.0]
    task = MulticlassClassification("y", ("a", "b", "c"))
    assert [suspect.row for suspect in label_noise.suspects(table(task, labels, answers))] == [9]


@pytest.mark.parametrize(
    "task", [BinaryClassification("y", ("n", "p")), MulticlassClassification("y", ("n", "p", "q"))]
)
@pytest.mark.parametrize("label", [0, 1])
def test_of_labels_of_one_class_none_is_suspect(task: BinaryClassification, label: int) -> None:
    answers = np.random.default_rng(0).dirichlet(np.ones(len(task.classes)), 60).astype(np.float32)
    assert label_noise.suspects(table(task, np.full(60, label), answers)) == ()


def test_a_few_examples_say_nothing() -> None:
    answers = np.array([[0.01, 0.99]] * 19)
    assert label_noise.suspects(table(BinaryClassification("y", ("a", "b")), np.zeros(19, int), answers)) == ()


@pytest.mark.parametrize("log", [False, True])
def test_a_label_far_beyond_the_other_residuals_is_suspect(log: bool) -> None:
    """A price of which a digit was lost, among prices that are answered within a tenth."""
    random = np.random.default_rng(2)
    labels = random.lognormal(11, 0.5, 400) if log else random.normal(200, 40, 400)
    answers = labels * np.exp(random.normal(0, 0.1, 400)) if log else labels + random.normal(0, 10, 400)
    wrong = labels.copy()
    wrong[30], wrong[31] = labels[30] / 10, labels[31] * 10
    (first, second) = label_noise.suspects(table(Regression("price", log=log), wrong, answers))
    assert {first.row, second.row} == {30, 31}
    assert first.quality <= second.quality < np.exp(-label_noise.ROBUST_Z)
    assert (first.label, first.suggested) == (wrong[first.row], answers[first.row])


def test_normal_residuals_are_not_suspect_and_without_spread_nothing_is() -> None:
    labels = np.random.default_rng(3).normal(size=20_000)
    assert label_noise.suspects(table(Regression("y"), labels, np.zeros(20_000))) == ()
    exact = np.r_[labels[:100], 1000.0]
    assert label_noise.suspects(table(Regression("y"), exact, np.r_[labels[:100], 0.0])) == ()
