"""Trials: trainings on the same examples with different settings, compared on the eval split."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.fit import OVERFITS, TOO_LITTLE
from schemas.json_record import JsonRecord
from schemas.records import Metrics
from schemas.tasks import Metric

FILE = "result.json"
NAIVE, SMALL, SCALED, REGULARISED, PAGE = "naive baseline", "small", "scaled up", "regularised", "page"
TUNED = "tuned"
_LEARNS_BY_HEART = (OVERFITS, TOO_LITTLE)


@dataclass(frozen=True)
class Trial(JsonRecord):
    """One training, or the naive baseline.

    Attributes:
      number: from 1, in the order in which they were trained; 0 for the naive baseline.
      stage: ``naive baseline``, ``small``, ``scaled up``, ``regularised`` or ``page`` of the workflow; ``tuned``.
      settings: KEY=VALUE, as far as they differ from the page.
      what: in words, what is different from the trial before it, or that it is compared with.
      parameters: the model's weights.
      train_loss, eval_loss: the mean of analysis.losses.losses with the weights that were kept: no penalties, so that
        trials can be compared; None where it is not finite.
      train, eval: the task's metrics.
      epochs, best_epoch: how many were trained, and which one's weights were kept.
      fit: the kind of its fit diagnosis (analysis.fit); "" for the naive baseline.
      seconds: of the training.
    """

    number: int
    stage: str
    settings: tuple[str, ...]
    what: str
    parameters: int
    train_loss: float | None
    eval_loss: float | None
    train: Metrics
    eval: Metrics
    epochs: int = 0
    best_epoch: int = 0
    fit: str = ""
    seconds: float = 0.0

    @property
    def overfits(self) -> bool:
        """Whether it knows its training examples better than others."""
        return self.fit in _LEARNS_BY_HEART

    @property
    def order(self) -> float:
        """What trials are sorted by: the eval loss, infinity where it is none."""
        return math.inf if self.eval_loss is None else self.eval_loss


@dataclass(frozen=True, kw_only=True)
class Search(JsonRecord):
    """result.json of ``slipway workflow`` and of ``slipway tune``.

    Attributes:
      dataset: the page's name.
      kind: ``workflow`` or ``tune``.
      run_id: of the search.
      primary: the name of the primary metric.
      trials: in the order in which they were trained.
      best: the number of the trial with the lowest eval loss.
      settings: KEY=VALUE of the best trial, for ``--set``.
      test: its metrics on the test split, which has chosen nothing.
      naive: the naive baseline's primary metric on the test split.
      examples: rows by split.
      base: the ``--set`` texts that the search began with.
      limit: the most rows that were read, 0 for all.
      notes: what could not be done as wished, and why.
      seconds: by part; and ``total``.
      figure: the picture's file.
      log: the file with the libraries' output.
    """

    dataset: str
    kind: str
    run_id: str
    primary: str
    trials: tuple[Trial, ...]
    best: int
    settings: tuple[str, ...]
    test: Metrics
    naive: dict[str, float]
    examples: dict[str, int]
    base: tuple[str, ...]
    limit: int
    notes: tuple[str, ...]
    seconds: dict[str, float]
    figure: str
    log: str

    @property
    def best_trial(self) -> Trial:
        """The one with the lowest eval loss."""
        return next(trial for trial in self.trials if trial.number == self.best)


def best(trials: Iterable[Trial]) -> Trial:
    """The trained one with the lowest eval loss; of equal ones the first."""
    return min((trial for trial in trials if trial.number), key=lambda trial: trial.order)


def beats(trial: Trial, naive: Trial, primary: Metric) -> bool:
    """Whether its primary metric on the eval split is better than the naive baseline's."""
    reached, constant = trial.eval[primary.name], naive.eval[primary.name]
    if reached is None or constant is None:
        return False
    return reached > constant if primary.higher_is_better else reached < constant
