"""A trial: a training with some settings on examples that are encoded once, measured without exporting the model."""

import dataclasses
import math
import time
from dataclasses import dataclass

import keras
import numpy as np

from analysis import fit
from analysis.losses import losses
from analysis.trials import NAIVE, Trial
from components.data.summary import moments, rows_by_class
from components.evaluation import fit_facts, metrics, verdict
from components.training.datasets import Examples
from components.training.devices import Devices
from components.training.prepared import Arrays, Prepared
from schemas import curves
from schemas.columns import labels_of
from schemas.curves import Curve
from schemas.models import Model
from schemas.records import Metrics
from schemas.splits import EVAL, TRAIN
from schemas.tasks import SEVERAL, VALUE, Forecast, Task
from schemas.training import Training


@dataclass(frozen=True)
class Measured:
    """What a model reaches on one split: the mean of analysis.losses.losses, None where it is not finite; and metrics."""

    loss: float | None
    metrics: Metrics


@dataclass(frozen=True)
class Trials:
    """Trainings on the same examples.

    Attributes:
      prepared: the examples.
      devices: what is trained on.
    """

    prepared: Prepared
    devices: Devices

    def fit(self, spec: Model, training: Training) -> tuple[Trial, keras.Model]:
        """One training; the trial has neither number, stage, settings nor words yet."""
        begun = time.monotonic()
        fitted, _ = self.prepared.fit(spec, training, self.devices, says_devices=False)
        found = curves.of_epochs(fitted.curves)
        task = self.prepared.description.task
        facts = fit_facts.of(task, spec, training, self.prepared.counted, contradicted=0.0)
        data = self.prepared.data
        train, evaluation = (self.measured(fitted.model, split) for split in (data.train, data.evaluation))
        trial = Trial(
            number=0,
            stage="",
            settings=(),
            what="",
            parameters=fitted.model.count_params(),
            train_loss=train.loss,
            eval_loss=evaluation.loss,
            train=train.metrics,
            eval=evaluation.metrics,
            epochs=max((len(curve.epochs) for curve in found), default=0),
            best_epoch=max((_best(curve) for curve in found), default=0),
            fit=fit.diagnose(found, facts).kind,
            seconds=round(time.monotonic() - begun, 3),
        )
        return trial, fitted.model

    def measured(self, model: keras.Model, examples: Examples) -> Measured:
        """What a model reaches on a split."""
        return self._measured(self.prepared.answers(model, examples), examples)

    def naive(self) -> Trial:
        """The naive baseline: the class shares, or the mean, of the train split, whatever the input."""
        data, counted = self.prepared.data, self.prepared.counted
        splits = (data.train, data.evaluation)
        train, evaluation = (self._measured(self._constant(split), split) for split in splits)
        task = self.prepared.description.task
        # Of its primary metric there is one definition, which the blessing goes by.
        primary: list[Metrics] = [{**verdict.naive_baseline(task, counted, split)} for split in (TRAIN, EVAL)]
        return Trial(
            0, NAIVE, (), NAIVE, 0, train.loss, evaluation.loss,
            train.metrics | primary[0], evaluation.metrics | primary[1],
        )  # fmt: skip

    def _constant(self, split: Examples) -> Arrays:
        task = self.prepared.description.task
        if isinstance(task, Forecast):  # the last value of each window
            labels = self.prepared.labels(split)
            assert isinstance(labels, np.ndarray)
            return np.repeat(labels[:, -1:], task.horizon, axis=1)
        if task.kind == SEVERAL:
            return tuple(self._constant_of(part, split.rows) for part in task.parts)
        return self._constant_of(task, split.rows)

    def _constant_of(self, task: Task, rows: int) -> np.ndarray:
        label = self.prepared.counted["splits"][TRAIN]["labels"][task.label]
        if task.kind == VALUE:
            mean = moments(label, log=task.log_label)["mean"]
            value = math.expm1(mean) if task.log_label else mean
            # Of an interval nothing is known but its middle.
            return np.full(rows if task.share is None else (rows, len(task.judged)), value, np.float32)
        counts = np.array(rows_by_class(label, labels_of(task)[0]), float)
        trained = self.prepared.counted["splits"][TRAIN]["rows"]
        return np.tile((counts / trained).astype(np.float32), (rows, 1))

    def _measured(self, answers: Arrays, examples: Examples) -> Measured:
        task = self.prepared.description.task
        labels = self.prepared.labels(examples)
        loss = float(losses(task, labels, answers).mean())
        return Measured(loss if math.isfinite(loss) else None, metrics.of_arrays(task, labels, answers))


def _best(curve: Curve) -> int:
    return curve.best.epoch if curve.best else 0


def named(trial: Trial, number: int, stage: str, settings: tuple[str, ...], what: str) -> Trial:
    """A trial with what ``Trials.fit`` leaves open."""
    return dataclasses.replace(trial, number=number, stage=stage, settings=settings, what=what)
