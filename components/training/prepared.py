"""What every training has in common, the Trainer's, a fold's and a trial's: encoded examples, the page's model, devices."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from analysis.losses import judged
from components.data.summary import Summary
from components.features import derived
from components.features.encoded import Features, encoded
from components.features.scales import Scale, scale_of
from components.features.transform_graph import TransformGraph
from components.training import conformal, datasets, xla
from components.training.checkpoints import Checkpoints
from components.training.datasets import EVAL_BATCH, Examples
from components.training.devices import Devices
from components.training.export import named_outputs
from components.training.fitting import Data, Fitted, fit_ensemble
from components.training.models.endings import Widened, ended, placed
from components.training.streaming import Encode
from schemas import events
from schemas.description import Description
from schemas.models import Model
from schemas.splits import EVAL, TRAIN
from schemas.training import Training

Arrays = Any  # np.ndarray | tuple[np.ndarray, ...]
"""Labels or answers; of several tasks those of each."""


@dataclass(frozen=True)
class Prepared:
    """Examples that a model can be fitted to, encoded once however many models are.

    Attributes:
      description: of the dataset.
      transform_graph: the folder of the Transform step's output.
      counted: ExampleGen's summary of the very rows: that of ``train`` scales the label and weighs the classes.
      train_files, eval_files: TFRecords (gzip) of tf.Examples, as patterns.
      memory: GB that an encoded split may take; a larger one is streamed (schemas.training.Training.memory).
    """

    description: Description
    transform_graph: str
    counted: Summary
    train_files: Sequence[str]
    eval_files: Sequence[str]
    memory: float = Training.memory

    @cached_property
    def transform(self) -> TransformGraph:
        """The Transform step's graph."""
        labels = (task.label for task in self.description.task.parts)
        return TransformGraph(tft.TFTransformOutput(self.transform_graph), *labels)

    @cached_property
    def features(self) -> Features:
        """The tensors that a model is called with."""
        return encoded(self.description, tft.TFTransformOutput(self.transform_graph))

    @cached_property
    def scale(self) -> Scale:
        """What the model learns in place of the label."""
        return scale_of(self.description.task, self.counted)

    @cached_property
    def data(self) -> Data:
        """The encoded train and eval examples, in memory where they fit."""
        splits = self.counted["splits"]
        train, evaluation = (
            self.examples(files, splits[split]["rows"])
            for files, split in ((self.train_files, TRAIN), (self.eval_files, EVAL))
        )
        return Data(train, evaluation, splits[TRAIN])

    @cached_property
    def _encode(self) -> Encode:
        return datasets.encoder(self.description, self.transform, self.scale)

    def examples(self, files: Sequence[str], rows: int) -> Examples:
        """Other examples, so many, encoded in the same way."""
        return datasets.examples(list(files), self._encode, self.description.task.label, rows, self.memory)

    def fit(
        self,
        spec: Model,
        training: Training,
        devices: Devices,
        logs: str | None = None,
        checkpoints: Checkpoints | None = None,
        says_devices: bool = True,
    ) -> tuple[Fitted, str]:
        """Fits the model that ``spec`` describes.

        Args:
          logs, checkpoints: see components.training.fitting.fit_ensemble.
          says_devices: whether a note is published of what is trained on; of many trainings it is always the same.

        Returns:
          What was fitted, and the devices in words.
        """

        task = self.description.task

        def make() -> keras.Model:
            return ended(derived.load(spec.builder)(spec, self.features), task)

        data = self.data
        training, text = with_xla(training, devices, make, data.train)
        if says_devices:
            events.publish(events.Note(f"training on {text}"))
        fitted = fit_ensemble(make, self.features, data, training, devices, logs, checkpoints)
        return self._promising(fitted), text

    def _promising(self, fitted: Fitted) -> Fitted:
        """A model whose intervals hold the promised share of the eval split's labels (components.training.conformal)."""
        promised = [(place, part) for place, part in placed(self.description.task) if part.share is not None]
        if not promised:
            return fitted
        evaluation = self.data.evaluation
        scores = [fitted.model(few, training=False).numpy() for few, _ in evaluation.in_order(EVAL_BATCH)]
        answers, labels = np.concatenate(scores), evaluation.label.numpy().reshape(evaluation.rows, -1)
        output = fitted.model.output
        for place, part in promised:
            assert part.share is not None
            low, high = answers[:, place.answer.start + 1], answers[:, place.answer.start + 2]
            margin = conformal.margin(labels[:, place.label.start], low, high, part.share)
            if margin is None:
                rows = f"{evaluation.rows} rows of the eval split are too few to promise that {part.share:.4g} of the labels"
                what = "lie in their interval: it is what the model learned, and perhaps too narrow"
                events.publish(events.Note(f"{rows} {what}"))
            else:
                output = Widened(margin, place.answer.start)(output)
        return dataclasses.replace(fitted, model=keras.Model(fitted.model.input, output))

    def labels(self, examples: Examples) -> Arrays:
        """The labels of encoded examples as ``analysis.losses.losses`` takes them."""
        found = self.scale.label(examples.label)
        return tuple(one.numpy() for one in found) if isinstance(found, tuple) else found.numpy()

    def answers(self, model: keras.Model, examples: Examples) -> Arrays:
        """What a fitted model answers, as ``analysis.losses.judged`` gives it."""
        task = self.description.task

        @tf.function(autograph=False)
        def answer(features: dict[str, tf.Tensor], label: tf.Tensor) -> dict[str, tf.Tensor]:
            outputs = named_outputs(model(features, training=False), task, self.scale.at(label))
            return {name: outputs[name] for name in task.judged}

        batches = [answer(*batch) for batch in examples.in_order(EVAL_BATCH)]
        return judged(task, {name: np.concatenate([batch[name].numpy() for batch in batches]) for name in task.judged})


def with_xla(
    training: Training, found: Devices, make: Callable[[], keras.Model], train: Examples
) -> tuple[Training, str]:
    """The training, without XLA where XLA cannot compile the model; and the devices in words, with that reason."""
    text = found.text if training.precision == "float32" else f"{found.text}, {training.precision}"
    if not training.xla:
        return training, text
    why_not = xla.obstacle(make, train.first(training.batch_size), found)
    if why_not is None:
        return training, f"{text}, XLA"
    events.publish(events.Note(f"XLA is not used: {why_not}"))
    return dataclasses.replace(training, xla=False), f"{text}, without XLA: {why_not}"
