"""The trials of a search: trained one after the other, published as steps and kept; the test split judges the best one."""

import dataclasses
from collections.abc import Sequence

import keras

from analysis.trials import Trial, best
from components.data import examples, summary
from components.evaluation import verdict
from components.training import devices
from components.training.prepared import Prepared
from components.training.trial import Trials, named
from pipelines.experiments.opening import Experiment
from pipelines.page.resolution import settings_of, with_settings
from schemas import events
from schemas.events import StepFailed, StepFinished, StepStarted
from schemas.models import Model
from schemas.records import Metrics
from schemas.splits import EVAL, TEST, TRAIN
from schemas.training import Training


class Recorder:
    """Trains, and keeps the trials and the best model.

    Attributes:
      trials: in the order in which they were trained, the naive baseline first.
    """

    def __init__(self, experiment: Experiment) -> None:
        """``experiment``: ExampleGen and Transform are among its first steps."""
        self._page = experiment.page
        self._examples = experiment.folder("ExampleGen", "examples")
        self._counted = summary.read(self._examples)
        train, evaluation = (examples.files(self._examples, [split]) for split in (TRAIN, EVAL))
        graph = experiment.folder("Transform", "transform_graph")
        prepared = Prepared(self._page.description, graph, self._counted, train, evaluation, self._page.training.memory)
        self._trials = Trials(prepared, devices.find(workers=1))
        self._model: keras.Model | None = None
        self.trials: list[Trial] = [self._trials.naive()]

    @property
    def naive(self) -> Trial:
        """The naive baseline."""
        return self.trials[0]

    @property
    def rows(self) -> dict[str, int]:
        """By split."""
        return {name: split["rows"] for name, split in self._counted["splits"].items()}

    def train(self, stage: str, what: str, spec: Model, training: Training) -> Trial:
        """One trial; published as a step."""
        name = f"Trial {len(self.trials)}"
        # Without the size of an ensemble: trials are single models, and an ensemble of the best one is better still.
        changed = dataclasses.replace(training, ensemble=self._page.training.ensemble)
        settings = settings_of(self._page, dataclasses.replace(self._page, model=spec, training=changed))
        events.publish(StepStarted(name))
        try:
            trial, model = self._trials.fit(spec, training)
        except BaseException:
            events.publish(StepFailed(name))
            raise
        trial = named(trial, len(self.trials), stage, settings, what)
        self.trials.append(trial)
        if best(self.trials) is trial:  # the others' memory is given back
            self._model = model
        loss = "no finite eval loss" if trial.eval_loss is None else f"eval loss {trial.eval_loss:.4g}"
        events.publish(StepFinished(name, trial.seconds, False, f"{loss}, {trial.fit}; {what}"))
        return trial

    def add(self, trials: Sequence[Trial]) -> None:
        """Takes in trials that were made elsewhere; they are numbered on."""
        first = len(self.trials)
        for number, trial in enumerate(trials, first):
            settings = settings_of(self._page, with_settings(self._page, list(trial.settings)))
            self.trials.append(dataclasses.replace(trial, number=number, settings=settings))
        if best(self.trials).number >= first:
            self._model = None

    def judged(self) -> tuple[Metrics, dict[str, float]]:
        """The best trial's metrics on the test split, and the naive baseline's primary metric there."""
        files = examples.files(self._examples, [TEST])
        model = self._model or self._again(best(self.trials))
        found = self._trials.measured(model, self._trials.prepared.examples(files, self.rows[TEST]))
        return found.metrics, verdict.naive_baseline(self._page.task, self._counted, TEST)

    def _again(self, trial: Trial) -> keras.Model:
        """The model of a trial that was made elsewhere: the same seed gives the same weights."""
        changed = with_settings(self._page, list(trial.settings))
        events.publish(events.Note(f"training trial {trial.number} again, for the test split"))
        return self._trials.fit(changed.model, dataclasses.replace(changed.training, ensemble=1))[1]
