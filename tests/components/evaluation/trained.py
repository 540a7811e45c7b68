"""Small models of every kind, trained on the Titanic's passengers and exported as a run exports them."""

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import apache_beam as beam
import keras
import pyarrow as pa
import pyarrow.parquet as pq
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata import dataset_metadata, schema_utils

from analysis import predictions
from analysis.losses import judged
from analysis.predictions import Info
from components.data import examples, summary
from components.data.examples import Examples
from components.evaluation import answered
from components.features import derived
from components.features.encoded import encoded
from components.features.label_scale import LabelScale
from components.features.preprocessing import preprocessing_fn
from components.features.raw import dense_spec
from components.features.transform_graph import TransformGraph
from components.training.datasets import Held
from components.training.devices import Devices
from components.training.export import export
from components.training.fitting import Data, fit_ensemble
from components.training.models.endings import ended
from pipelines.beam.memoising import LOCAL_ARGS, speed_up
from prediction.loaded_model import LoadedModel
from schemas import codec, model_card
from schemas.description import Description
from schemas.encoding import weights_name
from schemas.features import Category, Feature, Number, Text
from schemas.models import Model
from schemas.tasks import BinaryClassification, Task
from schemas.training import Training

SURVIVED = BinaryClassification("Survived", ("died", "survived"))
TITLE = "pipelines.titanic_features:title"
FAMILY = "pipelines.titanic_features:family"
# Words and Grams are copies of Name: a column that is a feature has one encoding.
FEATURES: dict[str, Feature] = {
    "Age": Number(indicator=True),
    "Fare": Number(scale="log"),
    "SibSp": Number(),
    "Parch": Number(buckets=2),
    "Sex": Category(names=("female", "male")),
    "Pclass": Category(),
    "Cabin": Category(),
    "Title": Category(derived=TITLE, of=("Name",), names=("Mr", "Mrs")),
    "Family": Category(derived=FAMILY, of=("SibSp", "Parch"), names=("alone", "small")),
    "Words": Text(length=5, vocabulary=200),
    "Grams": Text(encoding="tf_idf", ngrams=2, length=20, vocabulary=400),
}
TRAIN_ROWS, TEST_ROWS = 240, 60


@dataclass(frozen=True)
class Passengers:
    """The Titanic's first passengers, and the Transform graph that was fitted to them.

    Attributes:
      examples: the folder of an Examples artifact with the splits train and test.
      transform: what Transform gives.
      models: those that were trained, by what they were trained with: several tests read one.
    """

    examples: Path
    transform: tft.TFTransformOutput
    models: dict[str, "Trained"] = field(default_factory=dict)

    def records(self, split: str) -> list[bytes]:
        """Serialized tf.Examples."""
        return examples.read(str(self.examples), [split]).records

    @cached_property
    def graph(self) -> TransformGraph:
        """The Transform graph itself, of all features."""
        return TransformGraph(self.transform, "Survived")

    @cached_property
    def splits(self) -> dict[str, Held]:
        """Both splits, encoded."""
        spec = dense_spec(Description("titanic", SURVIVED, FEATURES), with_label=True)
        found = {}
        for split in ("train", "test"):
            columns = self.graph(tf.io.parse_example(self.records(split), spec))
            found[split] = Held(columns, columns.pop("Survived"))
        return found


def passengers(data: Path, folder: Path) -> Passengers:
    with (data / "titanic" / "titanic.csv").open(encoding="utf-8") as file:
        cells = [row | {"Words": row["Name"], "Grams": row["Name"]} for row in csv.DictReader(file)]
    kinds = Description("titanic", SURVIVED, FEATURES).raw()
    rows = [_values(row, kinds) for row in cells[: TRAIN_ROWS + TEST_ROWS]]
    for split, some in (("train", rows[:TRAIN_ROWS]), ("test", rows[TRAIN_ROWS:])):
        numbers = pa.array([row["PassengerId"][0] for row in some], pa.int64())
        names = pa.table({"key": numbers.cast(pa.string()), "source_row": numbers})
        examples.write(str(folder / "examples"), split, Examples([_example(row) for row in some], names))
    counts: Any = {
        "rows": TRAIN_ROWS,
        "missing": {},
        "labels": {"Survived": {"counts": {"0": TRAIN_ROWS // 2, "1": TRAIN_ROWS // 2}}},
    }
    summary.write(str(folder / "examples"), {"splits": {"train": counts}})
    return Passengers(folder / "examples", _transform(rows[:TRAIN_ROWS], kinds, str(folder / "transform")))


def _values(row: dict[str, str], kinds: dict[str, str]) -> dict[str, list[Any]]:
    """Cells as Transform takes them: lists, empty where one is missing."""
    read = {"number": float, "string": str}
    found: dict[str, list[Any]] = {name: [read[kind](row[name])] if row[name] else [] for name, kind in kinds.items()}
    return found | {"Survived": [int(row["Survived"])], "PassengerId": [int(row["PassengerId"])]}


def _example(row: dict[str, list[Any]]) -> bytes:
    made = tf.train.Example()
    for name, values in row.items():
        feature = made.features.feature[name]
        for value in values:
            if isinstance(value, str):
                feature.bytes_list.value.append(value.encode())
            elif isinstance(value, float):
                feature.float_list.value.append(value)
            else:
                feature.int64_list.value.append(value)
    return made.SerializeToString()


def _transform(rows: list[dict[str, list[Any]]], kinds: dict[str, str], folder: str) -> tft.TFTransformOutput:
    speed_up()
    spec = {name: tf.io.VarLenFeature(tf.float32 if kind == "number" else tf.string) for name, kind in kinds.items()}
    spec["Survived"] = tf.io.VarLenFeature(tf.int64)
    metadata = dataset_metadata.DatasetMetadata(schema_utils.schema_from_feature_spec(spec))
    config = {"description": Description("titanic", SURVIVED, FEATURES).to_json()}
    with (
        tft_beam.Context(temp_dir=tempfile.mkdtemp()),
        beam.Pipeline(argv=list(LOCAL_ARGS)) as pipeline,
    ):
        data = pipeline | beam.Create([{name: row[name] for name in spec} for row in rows])
        fn = (data, metadata) | tft_beam.AnalyzeDataset(lambda inputs: preprocessing_fn(inputs, config))
        _ = fn | tft_beam.WriteTransformFn(folder)
        _ = metadata | tft_beam.WriteMetadata(f"{folder}/{tft.TFTransformOutput.RAW_METADATA_DIR}", pipeline=pipeline)
    return tft.TFTransformOutput(folder)


class Some(tf.Module):
    """Of a Transform graph, the features of one model."""

    def __init__(self, transform: TransformGraph, names: Sequence[str]) -> None:
        super().__init__()
        self.whole = transform
        self._names = [*names, *map(weights_name, names)]

    def __call__(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return self.chosen(self.whole(columns))

    def chosen(self, encoded: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {name: tensor for name, tensor in encoded.items() if name in self._names}


@dataclass(frozen=True)
class Trained:
    """A trained and exported model with its answers to the test split.

    Attributes:
      model: the one that was exported.
      encoded: the encoded features of the test split.
      answers: predictions.parquet.
    """

    description: Description
    model: keras.Model
    loaded: LoadedModel
    encoded: dict[str, tf.Tensor]
    answers: Path


def trained(
    world: Passengers,
    spec: Model,
    names: Sequence[str],
    task: Task = SURVIVED,
    *,
    ensemble: int = 1,
    epochs: int = 2,
    scale: LabelScale | None = None,
) -> Trained:
    """A model of some of ``FEATURES``; of a regression, it learns whether somebody survived all the same.

    Without epochs it has its first weights, which is enough where only its structure matters.
    """
    key = repr((spec, names, task, ensemble, epochs, scale))
    if key not in world.models:
        folder = world.examples.parent / f"model_{len(world.models)}"
        world.models[key] = _train(world, spec, names, folder, task, _training(ensemble, epochs), scale)
    return world.models[key]


def _training(ensemble: int, epochs: int) -> Training:
    return Training(epochs=epochs, batch_size=32, learning_rate=1e-2, ensemble=ensemble)


def _train(
    world: Passengers,
    spec: Model,
    names: Sequence[str],
    folder: Path,
    task: Task,
    training: Training,
    scale: LabelScale | None,
) -> Trained:
    description = Description("titanic", task, {name: FEATURES[name] for name in names})
    transform: Any = Some(world.graph, names)
    splits = {}
    for split, held in world.splits.items():
        label = held.label if task.classes_or_none else tf.cast(held.label, tf.float32)
        splits[split] = Held(transform.chosen(held.features), label)
    features = encoded(description, world.transform)
    counts: Any = {"rows": TRAIN_ROWS}
    data = Data(splits["train"], splits["test"], counts)
    here = Devices(tf.distribute.get_strategy(), "CPU")
    fitted = fit_ensemble(
        lambda: ended(derived.load(spec.builder)(spec, features), task),
        features,
        data,
        training,
        here,
        str(folder / "logs"),
    )
    outputs = export(fitted.model, description, transform, scale or LabelScale(), str(folder / "model"))
    model_card.of_description(description, outputs, {}, "c0de", {}).write(folder / "model")
    loaded = LoadedModel(folder / "model")
    return Trained(
        description, fitted.model, loaded, splits["test"].features, _answered(world, description, loaded, folder)
    )


def _answered(world: Passengers, description: Description, loaded: LoadedModel, folder: Path) -> Path:
    info = Info(description.name, codec.dumps(description.task), "test", description.raw())
    found = examples.read(str(world.examples), ["test"])
    columns = answered.columns(info, description.task.parts, found.records)
    outputs = loaded.predict_columns({name: columns[name] for name in info.inputs})
    answers = judged(description.task, outputs)
    pq.write_table(
        answered.table(info, description.task.parts, columns, found.keys, answers), folder / predictions.FILE
    )
    return folder / predictions.FILE
