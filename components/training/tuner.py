"""TFX's Tuner over the settings of a page: Keras Tuner's Bayesian optimisation proposes values, a trial trains with each."""

import dataclasses
import json
import os
from collections.abc import Sequence
from typing import Any

import keras_tuner
import tensorflow as tf
from keras_tuner.errors import FailedTrialError, FatalError
from tfx import components as tfx_components
from tfx.components.tuner import executor
from tfx.components.tuner.component import TunerFnResult
from tfx.dsl.components.base import executor_spec
from tfx.proto import trainer_pb2
from tfx.types import artifact_utils
from tfx.utils import io_utils
from threadpoolctl import threadpool_limits

from analysis.trials import TUNED, Trial
from components.artifacts import Artifacts
from components.data import summary
from components.training import devices
from components.training.prepared import Prepared
from components.training.trial import Trials, named
from schemas import codec, events
from schemas.description import Description
from schemas.models import Model
from schemas.search_space import Parameter
from schemas.settings import by_name
from schemas.training import Training

FILE = "trials.json"
_OBJECTIVE = "eval_loss"
_BEFORE = 1  # the page's own settings are the first trial
_RANDOM = 3  # a share of so many trials is drawn at random, before the others learn from them


class SettingsTuner(keras_tuner.BayesianOptimization):
    """Proposes settings.

    Attributes:
      made: the trials that came to an end, in order.
    """

    def __init__(
        self, trials: Trials, model: Model, training: Training, parameters: Sequence[Parameter], **options: Any
    ) -> None:
        super().__init__(**options)
        self._trials = trials
        self._model = model
        self._training = training
        self._parameters = parameters
        self.made: list[Trial] = []

    def search(self, *arguments: Any, **named: Any) -> None:
        """Makes all trials."""
        # The matrices of a proposal are tiny: BLAS's threads would wait for each other most of the time.
        with threadpool_limits(limits=1, user_api="blas"):
            super().search(*arguments, **named)

    def run_trial(self, trial: Any, *_: Any, **__: Any) -> dict[str, float]:
        """One training. Raises FailedTrialError where it diverged or has no room in memory."""
        values = trial.hyperparameters.values
        texts = tuple(f"{one.name}={_text(one, values[one.name])}" for one in self._parameters)
        model, training = changed(self._model, self._training, texts)
        number = len(self.made) + 1 + _BEFORE
        name = f"Trial {number}"
        events.publish(events.StepStarted(name))
        try:
            found, _ = self._trials.fit(model, training)
        except tf.errors.ResourceExhaustedError as error:
            events.publish(events.StepFailed(name, "no memory is left for it"))
            raise FailedTrialError(str(error)) from error
        except Exception as error:
            events.publish(events.StepFailed(name))
            raise FatalError(str(error)) from error  # Keras Tuner would go on with the next one
        found = named(found, number, TUNED, texts, ", ".join(texts))
        self.made.append(found)
        loss = "no finite eval loss" if found.eval_loss is None else f"eval loss {found.eval_loss:.4g}"
        events.publish(events.StepFinished(name, found.seconds, False, f"{loss}, {found.fit}; {found.what}"))
        if found.eval_loss is None:
            raise FailedTrialError("the eval loss is not finite")
        return {_OBJECTIVE: found.eval_loss}


def tuner_fn(fn_args: Any) -> TunerFnResult:
    """Called by TFX; ``custom_config`` has JSON texts: ``description``, ``model``, ``training``, ``space``; and ``budget``."""
    config = fn_args.custom_config
    counted = summary.read(os.path.dirname(os.path.dirname(fn_args.train_files[0])))
    description = Description.from_json(config["description"])
    training: Training = codec.loads(config["training"])
    prepared = Prepared(
        description, fn_args.transform_graph_path, counted, fn_args.train_files, fn_args.eval_files, training.memory
    )
    model: Model = codec.loads(config["model"])
    parameters = [Parameter.from_json(one) for one in json.loads(config["space"])]
    tuner = SettingsTuner(
        Trials(prepared, devices.find(workers=1)),
        model,
        training,
        parameters,
        hyperparameters=hyperparameters(parameters),
        objective=keras_tuner.Objective(_OBJECTIVE, "min"),
        max_trials=config["budget"],
        num_initial_points=max(2, config["budget"] // _RANDOM),
        seed=training.seed,
        tune_new_entries=False,
        directory=fn_args.working_dir,
        overwrite=True,
    )
    return TunerFnResult(tuner=tuner, fit_kwargs={})


def hyperparameters(parameters: Sequence[Parameter]) -> keras_tuner.HyperParameters:
    """Keras Tuner's form of a search space."""
    found = keras_tuner.HyperParameters()
    for one in parameters:
        sampling = "log" if one.logarithmic else "linear"
        if one.choices:
            found.Choice(one.name, list(one.choices), ordered=False)
        elif one.whole:
            found.Int(one.name, int(one.low or 0), int(one.high or 0), sampling=sampling)
        else:
            found.Float(one.name, one.low, one.high, sampling=sampling)
    return found


def changed(model: Model, training: Training, texts: Sequence[str]) -> tuple[Model, Training]:
    """Model and training with KEY=VALUE texts taken in."""
    parts: list[Any] = [model, training]
    for text in texts:
        key, _, value = text.partition("=")
        for place, part in enumerate(parts):
            known = by_name(type(part))
            if key in known:
                parts[place] = dataclasses.replace(part, **{key: known[key].read(value)})
                break
    return parts[0], parts[1]


def _text(one: Parameter, value: Any) -> str:
    """Four digits of a number: more would be noise."""
    return value if one.choices else str(int(value)) if one.whole else f"{value:.4g}"


class Executor(executor.Executor):
    """TFX's Tuner, which also keeps every trial."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Writes ``best_hyperparameters`` and ``tuner_results``, and trials.json among the latter."""
        tuner = executor.search(input_dict, exec_properties, self._get_tmp_dir())
        executor.write_best_hyperparameters(tuner, output_dict)
        text = json.dumps([trial.to_json() for trial in tuner.made])
        io_utils.write_string_file(
            os.path.join(artifact_utils.get_single_uri(output_dict["tuner_results"]), FILE), text
        )


def read(uri: str) -> list[Trial]:
    """The trials in the folder ``uri`` of a TunerResults artifact."""
    with tf.io.gfile.GFile(os.path.join(uri, FILE)) as file:
        return [Trial.from_json(one) for one in json.loads(file.read())]


class Tuner(tfx_components.Tuner):
    """TFX's Tuner; outputs ``best_hyperparameters`` and ``tuner_results``."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        description: Description,
        model: Model,
        training: Training,
        parameters: Sequence[Parameter],
        budget: int,
        **inputs: Any,
    ) -> None:
        super().__init__(
            # By import path, as of the Trainer: with module_file TFX builds a wheel with pip at run time.
            tuner_fn="components.training.tuner.tuner_fn",
            train_args=trainer_pb2.TrainArgs(),
            eval_args=trainer_pb2.EvalArgs(),
            custom_config={
                "description": description.to_json(),
                "model": codec.dumps(model),
                "training": codec.dumps(training),
                "space": json.dumps([one.to_json() for one in parameters]),
                "budget": budget,
            },
            **inputs,
        )
