"""Answers of scikit-learn's models to examples that they have not learned from."""

import numpy as np
import pytest
from sklearn import datasets, linear_model, model_selection, pipeline, preprocessing

from schemas.tasks import BinaryClassification, MulticlassClassification, Regression
from tests.analysis.tables import table


def _answered(data, model, method):
    """The label and the answer of each of a third of the examples, and their raw columns."""
    train, test, known, labels = model_selection.train_test_split(
        data.data, data.target, test_size=0.33, random_state=0
    )
    fitted = pipeline.make_pipeline(preprocessing.StandardScaler(), model).fit(train, known)
    columns = getattr(data, "feature_names", [f"x{index}" for index in range(test.shape[1])])
    return labels, getattr(fitted, method)(test), dict(zip(map(str, columns), test.T, strict=True))


@pytest.fixture(scope="session")
def cancer():
    """188 tumours, malignant or benign, by a logistic regression on its first four columns."""
    data = datasets.load_breast_cancer()
    data.data, data.feature_names = data.data[:, :4], data.feature_names[:4]
    labels, answers, inputs = _answered(data, linear_model.LogisticRegression(), "predict_proba")
    return table(BinaryClassification("kind", ("malignant", "benign")), labels, answers, name="cancer", inputs=inputs)


@pytest.fixture(scope="session")
def digits():
    """594 pictures of ten digits, by a weak logistic regression."""
    model = linear_model.LogisticRegression(C=0.001)
    labels, answers, inputs = _answered(datasets.load_digits(), model, "predict_proba")
    task = MulticlassClassification("digit", tuple(map(str, range(10))))
    return table(task, labels, answers, name="digits", inputs=inputs)


@pytest.fixture(scope="session")
def diabetes():
    """146 patients' disease progression, by a linear regression; its label learned as a logarithm."""
    labels, answers, inputs = _answered(datasets.load_diabetes(), linear_model.LinearRegression(), "predict")
    return table(Regression("progression", log=True), labels, np.asarray(answers), name="diabetes", inputs=inputs)
