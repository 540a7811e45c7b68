"""What the analysis of a model's answers finds, as analysis.json has it.

``row`` is always a row of predictions.parquet (analysis.predictions), counted from 0.
"""

from dataclasses import dataclass, field
from typing import Any

from analysis.error_records import ClassificationErrors, RegressionErrors
from schemas.json_record import JsonRecord
from schemas.records import Interval


@dataclass(frozen=True)
class Part(JsonRecord):
    """What one column, or one word of a text, contributes to an answer.

    Attributes:
      name: the column; or the word.
      value: the column's value as text; "" where it is missing, and of a picture or a word.
      attribution: in the unit of the answer (a probability; the label's unit); above 0 it raises the answer.
    """

    name: str
    value: str
    attribution: float


@dataclass(frozen=True)
class Attribution(JsonRecord):
    """Why the model answers as it does to one example.

    Attributes:
      row: which one.
      target: the class that is explained, of several the most probable one; or the label's column for a regression.
      score: the answer: the class's probability, or the value.
      reference_score: the answer to the reference. The attributions sum to ``score - reference_score``, but for ``gap``.
      gap: what is missing to that: the error of the integral's approximation.
      parts: by raw column; of a text that is the only column by word, in its order; none of a picture that is.
      heat: of the only picture, attribution by pixel: rows of columns; else empty.
    """

    row: int
    target: str
    score: float
    reference_score: float
    gap: float
    parts: tuple[Part, ...] = ()
    heat: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Neighbour(JsonRecord):
    """The nearest training example that the model answers correctly.

    Attributes:
      row: whose neighbour it is.
      key, source_row: of the neighbour, as in predictions.parquet.
      input: its raw columns as JSON has them; a picture in base64.
      label: its label, which the model finds.
      distance: between the encoded features, 0 for equal ones.
    """

    row: int
    key: str
    source_row: int
    input: dict[str, Any]
    label: str | float
    distance: float


@dataclass(frozen=True)
class Importance(JsonRecord):
    """How much worse the primary metric becomes when a raw column's values change places (Breiman, 2001).

    Attributes:
      column: the raw column.
      worsening: of the primary metric; near 0 for a column that the model does not need.
    """

    column: str
    worsening: Interval


@dataclass(frozen=True)
class FoundSlice(JsonRecord):
    """A group of test examples that is significantly worse than the others.

    Attributes:
      slice: its value or range by column, as text.
      examples: how many it has.
      loss, other_loss: the mean loss in it, and of all others.
      metric, other_metric: the primary metric in it, and of all others.
      p_value: of Welch's test that its loss is higher; of two columns the largest one against all others and against the rest
        of either column's group.
      q_value: the same, corrected for the number of groups that were tried (Benjamini and Hochberg, 1995).
      declaration: what to paste into the page's ``slices``; "" for a slice that stands there already.
    """

    slice: dict[str, str]
    examples: int
    loss: float
    other_loss: float
    metric: float | None
    other_metric: float | None
    p_value: float
    q_value: float
    declaration: str


@dataclass(frozen=True)
class Leak(JsonRecord):
    """A raw column that alone predicts the label.

    Attributes:
      column: which one.
      score: the AUC (of several classes the lowest one against the others), or for a number |Spearman's rho|.
      how: what was measured, in words.
    """

    column: str
    score: float
    how: str


@dataclass(frozen=True)
class Duplicate(JsonRecord):
    """A test example whose raw columns stand in another split too.

    Attributes:
      row: which one.
      split: where its twin is: ``train`` or ``eval``.
      twin_key: the twin's key.
      same_label: whether both have the same label.
    """

    row: int
    split: str
    twin_key: str
    same_label: bool


@dataclass(frozen=True)
class LabelSuspect(JsonRecord):
    """An example whose label the model, which has not learned from it, contradicts with confidence.

    Attributes:
      row: which one.
      label: as the data has it.
      suggested: the model's answer.
      quality: of the label, 0 to 1 (Northcutt et al., 2021; see analysis.label_noise); the lower the more suspect.
    """

    row: int
    label: str | float
    suggested: str | float
    quality: float


@dataclass(frozen=True)
class RareClass(JsonRecord):
    """A class with no or nearly no example to learn from.

    Attributes:
      name: the class.
      train, test: how many examples it has there.
    """

    name: str
    train: int
    test: int


@dataclass(frozen=True)
class Suspects(JsonRecord):
    """What may be wrong with the data.

    Attributes:
      leaks: columns that know the answer.
      duplicates: the first ones; ``duplicate_count`` counts all.
      labels: the most suspect first.
      rare: classes that are hardly learned.
    """

    leaks: tuple[Leak, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    duplicate_count: int = 0
    labels: tuple[LabelSuspect, ...] = ()
    rare: tuple[RareClass, ...] = ()


@dataclass(frozen=True)
class FitDiagnosis(JsonRecord):
    """Whether a training went well.

    Attributes:
      kind: ``good fit``, ``overfits``, ``underfits``, ``too little data``, ``label noise`` or ``unknown``.
      since: the epoch since which the model overfits, None for another kind.
      sentence: the verdict in words.
      evidence: the numbers behind it, a sentence each.
      suggestion: one change as KEY=VALUE for ``--set``, "" where none is advised.
      why: what the change is good for, "" without one.
    """

    kind: str
    since: int | None
    sentence: str
    evidence: tuple[str, ...]
    suggestion: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Analysis(JsonRecord):
    """analysis.json: all that is found about one model.

    Attributes:
      rows: how many examples of the test split were answered.
      primary: the name of the primary metric.
      metrics: of the task, with 95% intervals.
      classification, regression: one of the two; the first where an answer is several classes, too.
      worst: rows by falling loss, at most 50.
      false_positives, false_negatives: rows of a binary classification by falling loss, at most 50; else empty.
      reference: what attributions compare with, in words; "" without attributions.
      method: how they were computed, in words.
      attributions, neighbours: of the worst rows.
      importance: by raw column, the most important first.
      slices: found ones, the most significant first.
      tried: how many groups were tried.
      suspects: of the data.
      fit: of the training.
      notes: what was left out or sampled, and why.
      seconds: by part of the analysis.
    """

    rows: int
    primary: str
    metrics: dict[str, Interval]
    classification: ClassificationErrors | None = None
    regression: RegressionErrors | None = None
    worst: tuple[int, ...] = ()
    false_positives: tuple[int, ...] = ()
    false_negatives: tuple[int, ...] = ()
    reference: str = ""
    method: str = ""
    attributions: tuple[Attribution, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    importance: tuple[Importance, ...] = ()
    slices: tuple[FoundSlice, ...] = ()
    tried: int = 0
    suspects: Suspects = field(default_factory=Suspects)
    fit: FitDiagnosis | None = None
    notes: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
