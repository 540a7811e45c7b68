"""The nearest training example that a model answers correctly, for each of some examples that it does not.

Near is what has similar encoded features: see components.evaluation.distances. A large train split is sampled, and the model
answers the nearest examples alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf

from analysis import multi_hot, predictions
from analysis.losses import judged, losses
from analysis.records import Neighbour
from components.data import keyed_rows, summary
from components.evaluation import distances
from components.evaluation.one_task import OneTask
from components.features import raw
from prediction import split_rows
from prediction.loaded_model import LoadedModel
from schemas.description import Description
from schemas.splits import TRAIN
from schemas.tasks import MultiLabel

_BATCH = 512
# How many of the nearest examples of each row the model answers, until one of its answers is right.
_ROUNDS = (5, 20, 50)


@dataclass(frozen=True)
class Nearest:
    """Neighbours, and what has to be said of them.

    Attributes:
      neighbours: at most one for each row, in the order of the rows.
      notes: that the train split was sampled; how many rows have no neighbour.
    """

    neighbours: tuple[Neighbour, ...]
    notes: tuple[str, ...]


def find(loaded: LoadedModel, description: Description, answers: Path, examples: str, rows: Sequence[int]) -> Nearest:
    """The neighbours of some rows of predictions.parquet.

    Of a regression, an answer counts as correct where its loss is at most the median loss of the file; of several classes,
    where all are right.

    Args:
      loaded: the model that gave the answers.
      description: of the dataset; of several tasks with the one whose answers these are.
      answers: the file.
      examples: the folder of the Examples artifact.
      rows: which ones, at least one.

    Raises:
      InputError: a file cannot be read.
    """
    total = summary.read(examples)["splits"][TRAIN]["rows"]
    parts = list(keyed_rows.sampled(examples, TRAIN, total))
    records = [record for part, _ in parts for record in part]
    model = OneTask(loaded, description.task)
    train = _Train(model, description, records, pa.concat_tables(names for _, names in parts))
    read = predictions.rows(answers, rows)
    wanted = model.encode(raw.of_rows([read[row] for row in rows], description.raw()))
    found = distances.nearest(description.features, train.encoded, _arrays(wanted), max(_ROUNDS))
    good_enough = float(np.median(predictions.read(answers, ["loss"]).loss))
    chosen = _first_right(found.indices, train, good_enough)
    neighbours = tuple(
        train.neighbour(row, int(found.indices[index, place]), float(found.distances[index, place]))
        for index, (row, place) in enumerate(zip(rows, chosen, strict=True))
        if place is not None
    )
    return Nearest(neighbours, tuple(_notes(total, len(rows) - len(neighbours))))


def _notes(total: int, without: int) -> Iterator[str]:
    if total > keyed_rows.MOST:
        yield f"neighbours were searched among {keyed_rows.MOST} of {total} training examples, chosen at random"
    if without:
        yield f"{without} of the worst examples have no correctly answered one among their {max(_ROUNDS)} nearest"


class _Train:
    """Training examples.

    Attributes:
      encoded: arrays [N, ...] by name.
    """

    def __init__(self, model: OneTask, description: Description, records: list[bytes], names: pa.Table) -> None:
        self._model = model
        self._task = description.task
        self._records = records
        self._names = names
        spec = raw.dense_spec(description, with_label=True)
        labels, parts = [], []
        for start in range(0, len(records), _BATCH):
            columns = raw.parsed(records[start : start + _BATCH], spec)
            labels.append(columns.pop(self._task.label).numpy())
            parts.append(_arrays(model.encode(columns)))
        self._labels = np.concatenate(labels)
        self.encoded = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def are_right(self, indices: np.ndarray, good_enough: float) -> np.ndarray:
        """Whether the model's answers to some of them are correct, bool[...]."""
        answered = []
        for start in range(0, len(indices), _BATCH):
            some = indices[start : start + _BATCH]
            outputs = self._model.answer({name: tf.constant(values[some]) for name, values in self.encoded.items()})
            answered.append(judged(self._task, outputs))
        answers, labels = np.concatenate(answered), self._labels[indices]
        if isinstance(self._task, MultiLabel):
            found: np.ndarray = multi_hot.masks(multi_hot.answered(answers, self._task.threshold)) == labels
            return found
        if self._task.classes_or_none:
            return answers.argmax(axis=1) == labels
        return losses(self._task, labels, answers) <= good_enough

    def neighbour(self, row: int, index: int, distance: float) -> Neighbour:
        """One of them as the neighbour of a row."""
        found = split_rows.row_of(self._model.card, self._records[index])
        name = self._names.slice(index, 1).to_pylist()[0]
        label: Any = found.label
        return Neighbour(row, name["key"], name["source_row"], found.json_input(), label, distance)


def _first_right(nearest: np.ndarray, train: _Train, good_enough: float) -> list[int | None]:
    """For each row of int64[N, k], indices of the nearest examples: the first place whose example is answered correctly."""
    known: dict[int, bool] = {}
    chosen: list[int | None] = [None] * len(nearest)
    start = 0
    for end in _ROUNDS:
        open_ = [row for row, place in enumerate(chosen) if place is None]
        wanted = np.array(sorted(set(nearest[open_, start:end].reshape(-1).tolist()) - known.keys()), np.int64)
        if len(wanted):
            known |= dict(zip(wanted.tolist(), train.are_right(wanted, good_enough).tolist(), strict=True))
        for row in open_:
            places = (place for place in range(start, min(end, nearest.shape[1])) if known[int(nearest[row, place])])
            chosen[row] = next(places, None)
        start = end
    return chosen


def _arrays(tensors: Any) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in tensors.items()}
