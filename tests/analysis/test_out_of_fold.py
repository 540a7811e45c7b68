"""Out-of-fold predictions: each example once, and of several repeats the mean of its answers."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from analysis import out_of_fold, predictions
from schemas.tasks import BinaryClassification, Regression
from tests.analysis.tables import table

TUMOURS = BinaryClassification("tumour", ("malignant", "benign"))


def folders(root: Path, task, labels, answers, seed: int) -> list[Path]:
    """The predictions of three folds, whose rows are in no order, each in a folder."""
    found = []
    for number, (_, rows) in enumerate(KFold(3, shuffle=True, random_state=seed).split(labels)):
        shuffled = np.random.default_rng(seed).permutation(rows)
        fold = table(
            task, labels[shuffled], answers[shuffled], rows=shuffled + 1, inputs={"x": shuffled.astype(np.float32)}
        )
        folder = root / f"{seed}-{number}"
        folder.mkdir()
        out_of_fold.write(fold, folder / predictions.FILE)
        found.append(folder)
    return found


def test_of_one_repeat_every_example_is_there_in_the_order_of_the_source(tmp_path: Path) -> None:
    data, labels = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    answers = cross_val_predict(model, data, labels, cv=3, method="predict_proba").astype(np.float32)
    found = out_of_fold.gathered([folders(tmp_path, TUMOURS, labels, answers, 1)])
    assert found.table["source_row"].to_pylist() == list(range(1, len(labels) + 1))
    np.testing.assert_array_equal(found.labels, labels)
    np.testing.assert_array_equal(found.probabilities, answers)
    assert found.input("x").to_pylist() == list(range(len(labels)))


def test_of_several_repeats_a_classification_s_probabilities_are_averaged(tmp_path: Path) -> None:
    labels = np.array([0, 1, 1, 0, 1, 0])
    one, other = (np.stack([1 - shares, shares], axis=1) for shares in np.array([[0.2] * 6, [0.7] * 6], np.float32))
    found = out_of_fold.gathered(
        [folders(tmp_path, TUMOURS, labels, answers, seed) for seed, answers in ((1, one), (2, other))]
    )
    np.testing.assert_allclose(found.probabilities[:, 1], 0.45, rtol=1e-6)
    assert set(found.table["prediction"].to_pylist()) == {"malignant"}
    np.testing.assert_allclose(found.loss, -np.log(np.where(labels == 1, 0.45, 0.55)), rtol=1e-6)
    assert found.table["confidence"].to_pylist() == pytest.approx([0.55] * 6)


def test_of_several_repeats_a_regression_s_values_are_averaged(tmp_path: Path) -> None:
    data, labels = load_diabetes(return_X_y=True)
    answers = [
        cross_val_predict(LinearRegression(), data, labels, cv=KFold(3, shuffle=True, random_state=s)) for s in (1, 2)
    ]
    task = Regression("progress")
    found = out_of_fold.gathered([folders(tmp_path, task, labels, each, seed) for seed, each in enumerate(answers)])
    np.testing.assert_allclose(found.answers, np.mean(answers, axis=0))
    np.testing.assert_allclose(found.loss, (labels - np.mean(answers, axis=0)) ** 2)


def test_a_wrong_label_is_named_by_its_row_and_key(tmp_path: Path) -> None:
    data, labels = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    answers = cross_val_predict(model, data, labels, cv=3, method="predict_proba").astype(np.float32)
    sure = int(answers[:, 1].argmax())
    wrong = labels.copy()
    wrong[sure] = 0
    found = out_of_fold.contradicted(out_of_fold.gathered([folders(tmp_path, TUMOURS, wrong, answers, 1)]))
    assert found[0].source_row == sure + 1 and (found[0].label, found[0].answer) == ("malignant", "benign")
    assert [one.quality for one in found] == sorted(one.quality for one in found)
