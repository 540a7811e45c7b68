"""A file's rows through a server: what ``prediction.files.batch`` asks of a model in this process, asked of a client."""

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from schemas.model_card import ModelCard
from serving.client.blocking import BlockingClient
from serving.client.errors import TooLargeError
from serving.client.prediction import Prediction

_ROWS = 128  # of one request: what `slipway serve` and most settings of TensorFlow Serving take in one batch
_BYTES = 4_000_000  # of the strings and pictures of one request; at least one row goes


class ColumnClient:
    """Asks one version of a model about columns of rows.

    Args:
      card: of the version; every request names it, so that a file is answered by one version.
      probabilities: whether they are needed.
    """

    def __init__(self, client: BlockingClient, card: ModelCard, probabilities: bool) -> None:
        self._client = client
        self._card = card
        self._version = card.version or card.serving_version
        self._probabilities = probabilities

    def predict_columns(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """As ``LoadedModel.predict_columns``, but ``probabilities`` are there only if they were asked for."""
        names = list(columns)
        readers = [_READERS[self._card.inputs[name]["type"]] for name in names]
        found: list[Prediction] = []
        pending: list[dict[str, Any]] = []
        size = 0
        for cells in zip(*columns.values(), strict=True):
            more = sum(len(cell) for cell in cells if isinstance(cell, bytes))
            if pending and (len(pending) == _ROWS or size + more > _BYTES):
                found += self._ask(pending)
                pending, size = [], 0
            size += more
            pending.append({name: read(cell) for name, read, cell in zip(names, readers, cells, strict=True)})
        return self._arrays(found + self._ask(pending))

    def _ask(self, rows: list[dict[str, Any]]) -> list[Prediction]:
        """In halves, should the server find them too many."""
        options: dict[str, Any] = {"version": self._version, "probabilities": self._probabilities}
        if len(rows) == 1:
            return [self._client.predict(self._card.name, rows[0], **options)]
        with contextlib.suppress(TooLargeError):
            return self._client.predict_many(self._card.name, rows, **options)
        half = len(rows) // 2
        return self._ask(rows[:half]) + self._ask(rows[half:])

    def _arrays(self, found: list[Prediction]) -> dict[str, Any]:
        if self._card.classes is None:
            return {"value": np.array([prediction.value for prediction in found], np.float32)}
        arrays = {
            "class": np.array([str(prediction.class_).encode() for prediction in found], object),
            "confidence": np.array([prediction.confidence for prediction in found], np.float32),
        }
        if self._probabilities:
            rows = [[(p.probabilities or {})[name] for name in self._card.classes] for p in found]
            arrays["probabilities"] = np.array(rows, np.float32)
        return arrays


def _number(cell: Any) -> float | None:
    return None if math.isnan(cell) else float(cell)


def _string(cell: bytes) -> str | None:
    return cell.decode() or None


def _image(cell: bytes) -> bytes:
    return cell


_READERS: dict[str, Callable[[Any], Any]] = {"number": _number, "string": _string, "image": _image}
