"""How the weights of a model are found."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas import problems
from schemas.problems import Problem

SCHEDULES = ("constant", "cosine")
REGRESSION_LOSSES = ("squared", "absolute", "huber")
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@dataclass(frozen=True)
class Training:
    """Adam, until the eval loss no longer falls.

    Attributes:
      epochs: the most rounds; a round is a pass over the training split, or ``steps_per_epoch`` steps of a long one.
      steps_per_epoch: the most steps of a round. The eval loss is looked at after each round, so that a large dataset
        does not pass many times before anybody looks.
      batch_size: examples per step (over all devices).
      learning_rate: of Adam; the highest one, where a schedule changes it.
      schedule: ``constant``, or ``cosine``: rising in the first tenth of all steps, then falling to 0 along a cosine
        (Loshchilov and Hutter, 2017). It is planned for all ``epochs``.
      weight_decay: the share of each kernel that AdamW takes away per step, times the learning rate; 0 is plain Adam.
      patience: epochs without a lower eval loss before training stops; the best weights are kept.
      balanced: whether each class weighs as much as any other in the loss, however rare it is.
      loss: of a regression, in units of the label's standard deviation: ``squared``, ``absolute`` or ``huber`` (squared
        for errors below 1, absolute above).
      ensemble: how many models are trained with different seeds; their answers are averaged (Lakshminarayanan et al., 2017).
      seed: of the initial weights, the shuffling and the dropout.
      precision: of the layers' arithmetic: ``float32``, or ``mixed_float16`` (GPUs since Volta) or ``mixed_bfloat16`` (since
        Ampere, and some CPUs) with weights and answers in float32 (Micikevicius et al., 2018). A served model uses float32.
      xla: whether the steps are compiled by XLA.
      workers: how many processes train together, each with all GPUs that it finds; in a cluster each is a pod.
    """

    epochs: int = 100
    steps_per_epoch: int = 1000
    batch_size: int = 32
    learning_rate: float = 1e-3
    schedule: str = "constant"
    weight_decay: float = 0.0
    patience: int = 10
    balanced: bool = False
    loss: str = "squared"
    ensemble: int = 1
    seed: int = 1
    precision: str = "float32"
    xla: bool = False
    workers: int = 1

    def problems(self) -> Iterator[Problem]:
        yield from problems.number("epochs", self.epochs, 1, whole=True)
        yield from problems.number("steps_per_epoch", self.steps_per_epoch, 1, whole=True)
        yield from problems.number("batch_size", self.batch_size, 1, whole=True)
        yield from problems.number("learning_rate", self.learning_rate, 1e-9, 100)
        yield from problems.one_of("schedule", self.schedule, SCHEDULES)
        yield from problems.number("weight_decay", self.weight_decay, 0, 1)
        yield from problems.number("patience", self.patience, 1, whole=True)
        yield from problems.flag("balanced", self.balanced)
        yield from problems.one_of("loss", self.loss, REGRESSION_LOSSES)
        yield from problems.number("ensemble", self.ensemble, 1, 100, whole=True)
        yield from problems.number("seed", self.seed, 0, 2**31 - 1, whole=True)
        yield from problems.one_of("precision", self.precision, PRECISIONS)
        yield from problems.flag("xla", self.xla)
        yield from problems.number("workers", self.workers, 1, 256, whole=True)
