"""What is predicted: the label, its classes, and the metrics that judge it."""

from schemas.tasks.classification import BinaryClassification, Classification, MulticlassClassification
from schemas.tasks.ordinal import Ordinal
from schemas.tasks.regression import Regression
from schemas.tasks.task import Metric, Task

__all__ = [
    "KINDS", "BinaryClassification", "Classification", "Metric", "MulticlassClassification", "Ordinal", "Regression",
    "Task",
]  # fmt: skip

KINDS: tuple[type[Task], ...] = (BinaryClassification, MulticlassClassification, Ordinal, Regression)
"""Those that a page may have."""
