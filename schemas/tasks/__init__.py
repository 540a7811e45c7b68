"""What is predicted: the label, its classes, and the metrics that judge it."""

from schemas.tasks.classification import BinaryClassification, Classification, MulticlassClassification
from schemas.tasks.forecast import Forecast
from schemas.tasks.ordinal import Ordinal
from schemas.tasks.regression import Regression
from schemas.tasks.task import Metric, Task

__all__ = [
    "KINDS", "BinaryClassification", "Classification", "Forecast", "Metric", "MulticlassClassification", "Ordinal",
    "Regression", "Task",
]  # fmt: skip

KINDS: tuple[type[Task], ...] = (BinaryClassification, MulticlassClassification, Ordinal, Regression, Forecast)
"""Those that a page may have."""
