"""How the weights of a model are found."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas import problems, settings
from schemas.problems import Problem
from schemas.settings import setting
from schemas.tasks import CLASS, CLASSES, SEVERAL, Task

AUTO = "auto"
# The task's own loss comes first: "auto" stands for it.
CLASSIFICATION_LOSSES = ("cross_entropy", "focal")
REGRESSION_LOSSES = ("squared", "absolute", "huber")


@dataclass(frozen=True)
class Training:
    """Steps along the gradient, until the eval loss no longer falls. What each setting does stands in its help."""

    epochs: int = setting(
        100,
        "The most rounds; a round is a pass over the training split, or `steps_per_epoch` steps of a long one.",
        low=1,
    )
    steps_per_epoch: int = setting(
        1000,
        "The most steps of a round. The eval loss is computed after each round, so that a large dataset does not pass many "
        "times in between.",
        low=1,
    )
    batch_size: int = setting(32, "Examples per step, over all devices.", low=1, logarithmic=True)
    learning_rate: float = setting(
        1e-3, "Of the optimizer; the highest one, where a schedule changes it.", low=1e-9, high=100, logarithmic=True
    )
    schedule: str = setting(
        "constant",
        "Of the learning rate. `cosine`: rising in the first tenth of all steps, then falling to 0 along a cosine "
        "(Loshchilov and Hutter, 2017), planned for all `epochs`.",
        choices=("constant", "cosine"),
    )
    weight_decay: float = setting(
        0.0,
        "The share of each kernel that is taken away per step, times the learning rate (Loshchilov and Hutter, 2019).",
        low=0,
        high=1,
    )
    patience: int = setting(
        10, "Epochs without a lower eval loss before training stops; the best weights are kept.", low=1
    )
    balanced: bool = setting(False, "Whether each class weighs as much as any other in the loss, however rare it is.")
    loss: str = setting(
        AUTO,
        "`auto` is `cross_entropy` for a classification and `squared` for a regression. `focal` (Lin et al., 2017) weighs "
        "examples less that are right already. `absolute`, and `huber` (squared for errors below 1, absolute above), are in "
        "units of the label's standard deviation.",
        choices=(AUTO, *REGRESSION_LOSSES, *CLASSIFICATION_LOSSES),
    )
    ensemble: int = setting(
        1,
        "How many models are trained with different seeds; their answers are averaged (Lakshminarayanan et al., 2017).",
        low=1,
        high=100,
    )
    seed: int = setting(1, "Of the initial weights, the shuffling and the dropout.", low=0, high=2**31 - 1)
    precision: str = setting(
        "float32",
        "Of the layers' arithmetic: `float32`, or `mixed_float16` (GPUs since Volta) or `mixed_bfloat16` (since Ampere, and "
        "some CPUs) with weights and answers in float32 (Micikevicius et al., 2018). A served model uses float32.",
        choices=("float32", "mixed_float16", "mixed_bfloat16"),
    )
    xla: bool = setting(False, "Whether the steps are compiled by XLA.")
    workers: int = setting(
        1,
        "How many processes train together, each with all GPUs that it finds; in a cluster each is a pod.",
        low=1,
        high=256,
    )
    optimizer: str = setting(
        "adam",
        "`adam` (Kingma and Ba, 2015), `adamw` (the same: both take `weight_decay`), `nadam` (Dozat, 2016), `rmsprop`, `sgd` "
        "(with Nesterov's `momentum`; needs a higher `learning_rate`), `lion` (Chen et al., 2023; needs a lower one).",
        choices=("adam", "adamw", "nadam", "rmsprop", "sgd", "lion"),
    )
    momentum: float = setting(
        0.9, "Of `sgd` alone: the share of the last step that is added to the next one.", low=0, high=0.999
    )
    focal_gamma: float = setting(2.0, "Of `focal` alone: how much less; 0 is the cross-entropy.", low=0, high=10)
    label_smoothing: float = setting(
        0.0,
        "Of a classification: the share of each label that is spread over all classes (Szegedy et al., 2016).",
        low=0,
        high=0.5,
    )

    memory: float = setting(
        2.0,
        "GB that the encoded examples of a split may take. One that takes more is not held in memory but read from its files "
        "in every epoch, shuffled in a buffer of half that size (at least 0.25 GB); 0 always does so.",
        low=0,
        high=100_000,
    )

    def problems(self) -> Iterator[Problem]:
        """The settings that break their rule by themselves, in the order of the fields; ``unsuited`` has those of a task."""
        return settings.problems(self)

    def unsuited(self, task: Task) -> Iterator[Problem]:
        """The settings that do not fit the task. Yields nothing for those that ``problems`` refuses already."""
        kinds = {part.kind for part in task.parts}
        classifies = bool(kinds & {CLASS, CLASSES})
        losses: tuple[str, ...] = CLASSIFICATION_LOSSES if classifies else REGRESSION_LOSSES
        kind = type(task).__name__ if task.kind != SEVERAL else "several tasks"
        if task.kind == SEVERAL:
            losses = ()  # each has its own
        if self.balanced and task.kind in (CLASSES, SEVERAL):
            yield Problem("balanced", True, f"False for {kind}: there are no classes of which a row has one")
        # ``choices`` has the losses of all tasks, as one table documents the setting; which of them fit is known here alone.
        if self.loss != AUTO and self.loss not in losses:
            yield Problem("loss", self.loss, f"{problems.one_of_these((AUTO, *losses))} for {kind}")
        if self.label_smoothing and not classifies:
            yield Problem("label_smoothing", self.label_smoothing, f"0 for {kind}, which has no classes")

    def loss_of(self, task: Task) -> str:
        """The loss by name, with ``auto`` resolved."""
        own = CLASSIFICATION_LOSSES if task.kind in (CLASS, CLASSES) else REGRESSION_LOSSES
        return own[0] if self.loss == AUTO else self.loss
