"""What is predicted: the label, its classes, and the metrics that judge it."""

from schemas.tasks.classification import BinaryClassification, Classification, MulticlassClassification
from schemas.tasks.forecast import Forecast
from schemas.tasks.multi_label import MultiLabel
from schemas.tasks.ordinal import Ordinal
from schemas.tasks.regression import Regression
from schemas.tasks.several import Several
from schemas.tasks.task import CLASS, CLASSES, SEVERAL, VALUE, VALUES, Metric, Task

__all__ = [
    "CLASS", "CLASSES", "KINDS", "SEVERAL", "VALUE", "VALUES", "BinaryClassification", "Classification", "Forecast", "Metric",
    "MultiLabel", "MulticlassClassification", "Ordinal", "Regression", "Several", "Task",
]  # fmt: skip

KINDS: tuple[type[Task], ...] = (
    BinaryClassification,
    MulticlassClassification,
    MultiLabel,
    Ordinal,
    Regression,
    Forecast,
)
"""Those that a page may have; several of them as ``tasks``."""
