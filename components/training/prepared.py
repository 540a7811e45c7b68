"""What every training has in common, the Trainer's, a fold's and a trial's: encoded examples, the page's model, devices."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.data.summary import Summary
from components.features import derived
from components.features.encoded import Features, encoded
from components.features.label_scale import LabelScale
from components.features.transform_graph import TransformGraph
from components.features.window_scale import WindowScale
from components.training import conformal, datasets, xla
from components.training.checkpoints import Checkpoints
from components.training.datasets import EVAL_BATCH, Examples
from components.training.devices import Devices
from components.training.export import named_outputs
from components.training.fitting import Data, Fitted, fit_ensemble
from components.training.models.endings import Widened, ended
from components.training.streaming import Encode
from schemas import events
from schemas.description import Description
from schemas.models import Model
from schemas.splits import EVAL, TRAIN
from schemas.tasks import Forecast
from schemas.training import Training


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
        return TransformGraph(tft.TFTransformOutput(self.transform_graph), self.description.task.label)

    @cached_property
    def features(self) -> Features:
        """The tensors that a model is called with."""
        return encoded(self.description, tft.TFTransformOutput(self.transform_graph))

    @cached_property
    def scale(self) -> LabelScale | WindowScale:
        """What a regression or a forecast learns instead of the label."""
        if isinstance(self.description.task, Forecast):
            return WindowScale(self.description.task.horizon)
        return LabelScale.of(self.description.task, self.counted)

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
        return (fitted if task.share is None else self._promising(fitted, task.share)), text

    def _promising(self, fitted: Fitted, share: float) -> Fitted:
        """A model whose intervals hold the promised share of the eval split's labels (components.training.conformal)."""
        evaluation = self.data.evaluation
        ends = np.concatenate([fitted.model(few, training=False).numpy() for few, _ in evaluation.in_order(EVAL_BATCH)])
        margin = conformal.margin(evaluation.label.numpy(), ends[:, 1], ends[:, 2], share)
        if margin is None:
            rows = (
                f"{evaluation.rows} rows of the eval split are too few to promise that {share:.4g} of the labels lie in"
            )
            events.publish(events.Note(f"{rows} their interval: it is what the model learned, and perhaps too narrow"))
            return fitted
        model = keras.Model(fitted.model.input, Widened(margin, name="promised")(fitted.model.output))
        return dataclasses.replace(fitted, model=model)

    def labels(self, examples: Examples) -> np.ndarray:
        """The labels of encoded examples: int64[N], class indices; or float32[N] in the label's unit."""
        regresses = self.description.task.classes_or_none is None
        return (self.scale.label(examples.label) if regresses else examples.label).numpy()

    def answers(self, model: keras.Model, examples: Examples) -> np.ndarray:
        """What a fitted model answers, as ``analysis.losses.judged`` gives it."""
        task = self.description.task

        @tf.function(autograph=False)
        def answer(features: dict[str, tf.Tensor], label: tf.Tensor) -> tf.Tensor:
            outputs = named_outputs(model(features, training=False), task, self.scale.at(label))
            return (
                tf.stack([outputs[name] for name in task.judged], -1)
                if len(task.judged) > 1
                else outputs[task.judged[0]]
            )

        return np.concatenate([answer(*batch).numpy() for batch in examples.in_order(EVAL_BATCH)])


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
