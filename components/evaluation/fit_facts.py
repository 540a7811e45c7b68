"""What a fit diagnosis (analysis.fit) takes besides the curves."""

import math
from typing import Any

from analysis.fit import Facts, SizeLoss
from components.data.summary import Summary, class_counts, moments, rows_by_class
from schemas import settings
from schemas.columns import labels_of
from schemas.models import Model
from schemas.splits import EVAL, TRAIN
from schemas.tasks import CLASSES, SEVERAL, Forecast, Task
from schemas.training import Training


def of(
    task: Task,
    model: Model,
    training: Training,
    summary: Summary,
    contradicted: float | None,
    sizes: tuple[SizeLoss, ...] = (),
) -> Facts:
    """The facts of a training.

    Args:
      summary: ExampleGen's.
      contradicted: the share of test labels that the model contradicts with confidence; None where they were not answered.
      sizes: the learning curve by training-set size, where one was measured.
    """
    named = _values(model) | _values(training)
    if task.kind == SEVERAL:  # each task has its own loss, which no setting changes
        del named["loss"]
    return Facts(
        examples=summary["splits"][TRAIN]["rows"],
        naive_loss=naive_loss(task, training, summary),
        contradicted=contradicted,
        settings=named,
        classifies=any(part.classes_or_none for part in task.parts),
        sizes=sizes,
    )


def _values(part: Any) -> dict[str, Any]:
    kind: type = type(part)
    return {one.name: getattr(part, one.name) for one in settings.of(kind)}


def naive_loss(task: Task, training: Training, summary: Summary) -> float | None:
    """The eval loss of a model that knows the train split's labels alone: the classes' shares, or the mean; of several tasks
    the sum of theirs, by weight.

    Returns:
      On the scale of the curves: the cross-entropy in nats, or the squared error of the label's z-score. None for another
      loss (that of an interval's ends among them), whose scale is not comparable.
    """
    if isinstance(task, Forecast):  # each window has a scale of its own
        return None
    if task.kind == SEVERAL:
        losses = [naive_loss(part, training, summary) for part in task.parts]
        known = [part.weight * loss for part, loss in zip(task.parts, losses, strict=True) if loss is not None]
        return sum(known) if len(known) == len(losses) else None
    train, judged = (summary["splits"][name]["labels"][task.label] for name in (TRAIN, EVAL))
    loss = training.loss_of(task)
    plain = loss == "cross_entropy" and not training.label_smoothing and not training.balanced
    if plain and task.kind == CLASSES:
        (label,) = labels_of(task)
        learned_rows, judged_rows = (summary["splits"][name]["rows"] for name in (TRAIN, EVAL))
        pairs = zip(rows_by_class(train, label), rows_by_class(judged, label), strict=True)
        by_class = [_binary_entropy(has, learned_rows, found, judged_rows) for has, found in pairs]
        return sum(by_class) / len(by_class)
    if plain:
        learned, counts = class_counts(train), class_counts(judged)
        # One example more of each class: one that train lacks would make the loss infinite.
        total = sum(learned.values()) + len(counts)
        entropies = (count * math.log(total / (learned.get(index, 0) + 1)) for index, count in counts.items())
        return sum(entropies) / sum(counts.values())
    if loss == "squared" and task.share is None:
        constant, found = (moments(label, log=task.log_label) for label in (train, judged))
        variance = constant["m2"] / constant["n"]
        error = found["m2"] / found["n"] + (found["mean"] - constant["mean"]) ** 2
        return error / variance if variance else None
    return None


def _binary_entropy(learned: int, learned_rows: int, has: int, rows: int) -> float:
    """The mean cross-entropy in nats of a class's share in the train split as the answer to rows of which some have it."""
    share = (learned + 1) / (learned_rows + 2)  # one example more on each side, as above
    return -(has * math.log(share) + (rows - has) * math.log(1 - share)) / max(1, rows)
