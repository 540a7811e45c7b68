"""A file's rows through a server: the interface that ``prediction.files.batch`` needs of a model, over a client."""

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from schemas.model_card import ModelCard
from schemas.tasks import CLASSES, SEVERAL
from schemas.tasks.multi_label import text_of
from schemas.tasks.several import with_label
from serving.client.blocking import BlockingClient
from serving.client.errors import TooLargeError, UnexpectedAnswerError
from serving.client.prediction import Prediction

_ROWS = 128  # of one request: what `slipway serve` and most settings of TensorFlow Serving take in one batch
_BYTES = 4_000_000  # of the strings and pictures of one request; at least one row goes


class ColumnClient:
    """Sends columns of rows to one version of a model.

    Args:
      card: of the version; every request pins it, so that a hot swap does not split a file between two versions.
      probabilities: whether they are needed.
    """

    def __init__(self, client: BlockingClient, card: ModelCard, probabilities: bool) -> None:
        self._client = client
        self._card = card
        self._version = card.version or card.serving_version
        self._probabilities = probabilities

    def predict_columns(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """As ``LoadedModel.predict_columns``: N cells by column in, arrays of N answers by output name out.

        ``class`` and ``classes`` are object[N] of bytes, ``confidence`` float32[N], ``value`` (and ``low`` and ``high``)
        float32[N]; ``probabilities``, only with the option, float32[N, classes]; of several tasks those of each, by
        ``<label>.<output>``. Raises ServingCallError.
        """
        names = list(columns)
        readers = [_READERS[self._card.inputs[name]["type"]] for name in names]
        found: list[Prediction] = []
        pending: list[dict[str, Any]] = []
        size = 0
        for cells in zip(*columns.values(), strict=True):
            more = sum(len(cell) for cell in cells if isinstance(cell, bytes))
            if pending and (len(pending) == _ROWS or size + more > _BYTES):
                found += self._predict(pending)
                pending, size = [], 0
            size += more
            pending.append({name: read(cell) for name, read, cell in zip(names, readers, cells, strict=True)})
        return self._arrays(self._card, found + self._predict(pending))

    def _predict(self, rows: list[dict[str, Any]]) -> list[Prediction]:
        """The answers to some rows; in two halves where the server refuses so many at once."""
        options: dict[str, Any] = {"version": self._version, "probabilities": self._probabilities}
        if len(rows) == 1:
            # A single row cannot be halved: its TooLargeError must reach the caller.
            return [self._client.predict(self._card.name, rows[0], **options)]
        with contextlib.suppress(TooLargeError):
            return self._client.predict_many(self._card.name, rows, **options)
        half = len(rows) // 2
        return self._predict(rows[:half]) + self._predict(rows[half:])

    def _arrays(self, card: ModelCard, found: list[Prediction]) -> dict[str, Any]:
        if card.kind == SEVERAL:
            return {
                with_label(part.label, name): array
                for part in card.parts()
                for name, array in self._arrays(part, [(one.tasks or {})[part.label] for one in found]).items()
            }
        if card.horizon is not None:
            return {"values": np.array([prediction.values for prediction in found], np.float32)}
        if card.classes is None:
            values = {"value": np.array([prediction.value for prediction in found], np.float32)}
            return values if card.share is None else values | _ends(found)
        if card.kind == CLASSES:
            arrays = {"classes": np.array([text_of(prediction.classes or ()).encode() for prediction in found], object)}
        else:
            arrays = {
                "class": np.array([str(prediction.class_).encode() for prediction in found], object),
                "confidence": np.array([prediction.confidence for prediction in found], np.float32),
            }
        if self._probabilities:
            rows = [[(p.probabilities or {})[name] for name in card.classes] for p in found]
            arrays["probabilities"] = np.array(rows, np.float32)
        return arrays


def _ends(found: list[Prediction]) -> dict[str, Any]:
    intervals = [prediction.interval for prediction in found if prediction.interval is not None]
    if len(intervals) < len(found):
        raise UnexpectedAnswerError(
            f"{len(found) - len(intervals)} answers have no interval, which the model's card promises"
        )
    return {end: np.array([getattr(one, end) for one in intervals], np.float32) for end in ("low", "high")}


def _number(cell: Any) -> float | None:
    return None if math.isnan(cell) else float(cell)


def _string(cell: bytes) -> str | None:
    # The file readers have no missing string but the empty one.
    return cell.decode() or None


def _image(cell: bytes) -> bytes:
    return cell


_READERS: dict[str, Callable[[Any], Any]] = {"number": _number, "string": _string, "image": _image}
