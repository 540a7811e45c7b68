"""The errors of a model in numbers, as analysis.json has them (analysis.records)."""

from dataclasses import dataclass

from schemas.json_record import JsonRecord
from schemas.records import Interval


@dataclass(frozen=True)
class ClassScores(JsonRecord):
    """How one class is recognised, against all others.

    Attributes:
      name: the class.
      support: how many examples have it.
      predicted: how many times it was the answer.
      precision, recall, f1: with 95% intervals.
    """

    name: str
    support: int
    predicted: int
    precision: Interval
    recall: Interval
    f1: Interval


@dataclass(frozen=True)
class Curve(JsonRecord):
    """A ROC curve (false positive rate, recall) or a precision-recall curve (recall, precision) of one class.

    Attributes:
      name: the class that counts as positive.
      x, y: the points, thinned to 200.
      thresholds: the probability from which on an example counts as positive, one for each point.
      area: below the curve; of a precision-recall curve the average precision.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    thresholds: tuple[float, ...]
    area: Interval


@dataclass(frozen=True)
class CalibrationBin(JsonRecord):
    """The examples whose confidence is in a range.

    Attributes:
      low, high: of the range.
      rows: how many they are.
      confidence: their mean confidence.
      accuracy: the share that is right; where an answer is several classes, of the decisions on all of them with such a
        probability the share that has the class.
    """

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: Interval


@dataclass(frozen=True)
class Calibration(JsonRecord):
    """Whether a confidence of 0.8 is right four times of five.

    Attributes:
      ece: the expected calibration error (Guo et al., 2017), 0 to 1.
      bins: of the reliability diagram, those with examples alone.
    """

    ece: float
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True)
class ThresholdScores(JsonRecord):
    """What a binary classifier, or the decisions on all of several classes together, would reach with another threshold.

    Attributes:
      threshold: the probability of the positive class, or of each class, from which on it is answered.
      accuracy, precision, recall, f1: None without a positive answer, or a positive example.
      positive: the share of positive answers.
    """

    threshold: float
    accuracy: float
    precision: float | None
    recall: float | None
    f1: float | None
    positive: float


@dataclass(frozen=True)
class ClassificationErrors(JsonRecord):
    """The errors of a classification.

    Attributes:
      classes: names, in the order of the matrix.
      confusion: rows are labels, columns are answers; empty where an answer is several classes.
      per_class: in the order of ``classes``.
      roc, precision_recall: of a binary classification the positive class alone; else of the classes with the most examples.
      calibration: of the confidences.
      thresholds: of a binary classification, and where an answer is several classes; else empty.
      best_threshold: the one of ``thresholds`` with the highest F1; None where there is none.
      not_finite: how many examples have no finite answer: they are in no column of ``confusion``.
      notes: what was left out, and why.
      off_by: of ordered classes, how many answers are so many ranks from their label, from 0 on; of others none.
    """

    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    per_class: tuple[ClassScores, ...]
    roc: tuple[Curve, ...]
    precision_recall: tuple[Curve, ...]
    calibration: Calibration
    thresholds: tuple[ThresholdScores, ...] = ()
    best_threshold: float | None = None
    not_finite: int = 0
    notes: tuple[str, ...] = ()
    off_by: tuple[int, ...] = ()


@dataclass(frozen=True)
class ResidualBin(JsonRecord):
    """The residuals of the examples whose prediction is in a range.

    Attributes:
      low, high: of the prediction.
      rows: how many they are.
      mean: of label - prediction: above 0 the model answers too low.
      spread: the standard deviation.
    """

    low: float
    high: float
    rows: int
    mean: float
    spread: float


@dataclass(frozen=True)
class IntervalErrors(JsonRecord):
    """How a regression's intervals keep their promise.

    Attributes:
      share: of the labels, 0 to 1, that is promised to lie in their interval.
      coverage: the share that does.
      below, above: the shares of the labels below the low end, and above the high one.
      width: the mean one, in the label's unit.
    """

    share: float
    coverage: Interval
    below: float
    above: float
    width: Interval


@dataclass(frozen=True)
class RegressionErrors(JsonRecord):
    """The errors of a regression, in the label's unit; a residual is label - prediction.

    Attributes:
      bias: the mean residual.
      r2: the share of the label's variance that is explained; None for a constant label.
      quantiles: of the absolute error, by share: ``{"0.5": ..., "0.9": ..., "0.95": ..., "1.0": ...}``.
      histogram: counts of residuals; ``edges`` has one number more.
      edges: of the histogram.
      by_prediction: residuals by ranges of the prediction, each with as many examples.
      normality: the p-value of D'Agostino and Pearson's test of the residuals; None for fewer than 20.
      not_finite: how many examples have no finite answer: all else is said of the others.
      ends: of the intervals; None of a model without.
    """

    bias: Interval
    r2: float | None
    quantiles: dict[str, float]
    histogram: tuple[int, ...]
    edges: tuple[float, ...]
    by_prediction: tuple[ResidualBin, ...]
    normality: float | None
    not_finite: int = 0
    ends: IntervalErrors | None = None
