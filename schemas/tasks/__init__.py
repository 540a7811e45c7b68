"""What is predicted: the label, its classes, and the metrics that judge it."""

from schemas.tasks.classification import BinaryClassification, Classification, MulticlassClassification
from schemas.tasks.regression import Regression
from schemas.tasks.task import Metric, Task

__all__ = [
    "KINDS", "BinaryClassification", "Classification", "Metric", "MulticlassClassification", "Regression", "Task",
]  # fmt: skip

KINDS: tuple[type[Task], ...] = (BinaryClassification, MulticlassClassification, Regression)
"""Those that a page may have."""
