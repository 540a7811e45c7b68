"""A model's answers where the values of one column have changed places among the examples (analysis.importance).

The columns of many numbers are moved in the encoded examples: to encode them anew for each of a thousand columns takes longer
than the model itself. Each number is encoded by itself, and each row too, so the answers are the same.
"""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from analysis import importance
from components.evaluation.one_task import OneTask
from components.features.raw import DTYPES
from prediction.answer import Outputs
from schemas import encoding
from schemas.description import Description
from schemas.encoding import MATRIX


class Moving:
    """Asks a model; an ``analysis.importance.Ask``.

    Args:
      model: with ``encode`` and ``answer``.
      description: of the dataset.
    """

    def __init__(self, model: OneTask, description: Description) -> None:
        self._model = model
        self._kinds = description.raw()
        self._places = encoding.matrix_columns(description.features)
        others = {column for feature in description.features.values() for column in feature.of}
        self._single = set(encoding.packed(description.features)) - others
        self._encoded: dict[str, np.ndarray] = {}

    def __call__(self, columns: Mapping[str, np.ndarray], moved: Mapping[str, np.ndarray]) -> Outputs:
        """See ``analysis.importance.Ask``; ``columns`` are the same ones in each call."""
        if not moved.keys() <= self._single:
            return importance.by_columns(self._model.raw_outputs, columns, moved)
        if not self._encoded:
            raw = {name: tf.constant(cells, DTYPES[self._kinds[name]]) for name, cells in columns.items()}
            self._encoded = {name: tensor.numpy() for name, tensor in self._model.encode(raw).items()}
        if MATRIX not in self._encoded:  # a model of an older version
            return importance.by_columns(self._model.raw_outputs, columns, moved)
        size = len(next(iter(moved.values())))
        times = len(moved) * size // len(self._encoded[MATRIX])
        whole = {name: np.tile(rows, (times, *[1] * (rows.ndim - 1))) for name, rows in self._encoded.items()}
        for start, (name, order) in zip(range(0, len(moved) * size, size), moved.items(), strict=True):
            places = list(self._places[name])
            whole[MATRIX][start : start + size, places] = self._encoded[MATRIX][:, places][order]
        outputs = self._model.answer({name: tf.constant(rows) for name, rows in whole.items()})
        return {name: output.numpy() for name, output in outputs.items()}
