"""The universal workflow as a path of trials (after Chollet, Deep Learning with Python): which comes next, and when it ends.

1. *small*: models without regularisation from the smallest upwards (pipelines.experiments.sizes), until the primary metric of
   one on the eval split is better than the naive baseline's.
2. *scaled up*: the next size, again and again, until a model overfits (analysis.fit) and its eval loss is not lower than the
   lowest before by more than ``LOWER`` of it. One whose eval loss still fell when its epochs ended gets twice as many first.
3. *regularised*: changes of that last model, each by itself: dropout, L2, L1, batch normalisation, and of some kinds others.
   Those that lower its eval loss are joined, the best first, as long as that lowers it further; then smaller models with the
   same changes are tried as long as they are better.
4. The page's own model is tried as well, as a single one. The lowest eval loss of all is the best.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from analysis.fit import UNDERFITS
from analysis.trials import PAGE, REGULARISED, SCALED, SMALL, Trial, beats
from pipelines.experiments import sizes
from pipelines.spec import Pipeline
from schemas.models import Model
from schemas.training import Training

LOWER = 0.05
MOST_SMALL, MOST_SCALED, MOST_JOINED, MOST_SMALLER, MOST_DOUBLED = 4, 7, 3, 2, 2

Train = Callable[[str, str, Model, Training], Trial]
"""Stage, what is different in words, model and training to a trial."""


@dataclass(frozen=True)
class Attempt:
    """A trial with what it was made of; ``size`` as of pipelines.experiments.sizes."""

    spec: Model
    training: Training
    size: int
    trial: Trial


@dataclass
class Path:
    """Walks the path.

    Attributes:
      page: whose model and training it begins with.
      naive: the naive baseline.
      train: makes a trial.
      notes: what was not reached.
    """

    page: Pipeline
    naive: Trial
    train: Train
    notes: list[str] = field(default_factory=list)

    def walk(self) -> None:
        """All stages."""
        self._regularised(self._scaled(self._small()))
        training = dataclasses.replace(self.page.training, ensemble=1)
        self.train(PAGE, f"the page's settings, {sizes.words(self.page.model)}", self.page.model, training)

    def _small(self) -> Attempt:
        training = sizes.plain_training(self.page.training)
        primary = self.page.task.primary
        for size in range(MOST_SMALL):
            attempt = self._sized(SMALL, "", size, training)
            if beats(attempt.trial, self.naive, primary):
                return attempt
        self.notes.append(f"none of the {MOST_SMALL} smallest models beats the naive baseline's {primary.name}")
        return attempt

    def _scaled(self, attempt: Attempt) -> Attempt:
        lowest, doubled = attempt.trial.order, 0
        for _ in range(MOST_SCALED):
            training, size, what = attempt.training, attempt.size + 1, ""
            ended = attempt.trial.fit == UNDERFITS and attempt.trial.epochs == training.epochs
            if ended and doubled < MOST_DOUBLED:
                training = dataclasses.replace(training, epochs=2 * training.epochs)
                size, what, doubled = attempt.size, f", {training.epochs} epochs", doubled + 1
            attempt = self._sized(SCALED, what, size, training)
            if attempt.trial.overfits and attempt.trial.order > (1 - LOWER) * lowest:
                return attempt
            lowest = min(lowest, attempt.trial.order)
        self.notes.append(
            f"no model overfits without being better than those before it, up to the {MOST_SCALED}th larger one"
        )
        return attempt

    def _regularised(self, base: Attempt) -> None:
        singles = [(change, self._changed(base, change)) for change in sizes.regularised(base.spec)]
        helpful = sorted(
            (pair for pair in singles if pair[1].trial.order < base.trial.order), key=lambda pair: pair[1].trial.order
        )
        if not helpful:
            return
        joined, best = helpful[0]
        for change, _ in helpful[1 : 1 + MOST_JOINED]:
            if change.keys().isdisjoint(joined):
                attempt = self._changed(base, joined | change)
                if attempt.trial.order < best.trial.order:
                    joined, best = joined | change, attempt
        for _ in range(min(MOST_SMALLER, base.size - 1)):
            attempt = self._smaller(best)
            if attempt.trial.order >= best.trial.order:
                return
            best = attempt

    def _sized(self, stage: str, what: str, size: int, training: Training) -> Attempt:
        spec = sizes.of_size(sizes.plain(self.page.model), size, self.page.features)
        return Attempt(spec, training, size, self.train(stage, sizes.words(spec) + what, spec, training))

    def _changed(self, base: Attempt, change: dict[str, Any]) -> Attempt:
        spec = dataclasses.replace(base.spec, **change)
        trial = self.train(REGULARISED, _words(change), spec, base.training)
        return Attempt(spec, base.training, base.size, trial)

    def _smaller(self, base: Attempt) -> Attempt:
        spec = sizes.of_size(base.spec, base.size - 1, self.page.features)
        trial = self.train(REGULARISED, f"the same, {sizes.words(spec)}", spec, base.training)
        return Attempt(spec, base.training, base.size - 1, trial)


_NAMES = {"l1": "L1", "l2": "L2", "batch_norm": "batch normalisation", "input_dropout": "dropout of the inputs"}


def _words(change: dict[str, Any]) -> str:
    parts = ((_NAMES.get(name, name), value) for name, value in change.items())
    return " and ".join(name if value is True else f"{name} {value:g}" for name, value in parts)
