"""Answers from a pushed model, in this process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from registry import version_map
from registry.versioning import parse
from schemas import request
from schemas.errors import InputError
from schemas.model_card import ModelCard


def find(models: Path, name: str, version: str | None = None) -> Path:
    """The directory of a pushed model: of a semantic or integer version, or the newest.

    Raises:
      InputError: nothing was pushed, or not that version (the message lists those that were), or a model folder
        has no card that says which version it is.
    """
    folders = version_map.folders(models)
    if not folders:
        raise InputError(f"no model of {name!r} has been pushed to {models.parent}; run: slipway run {name}")
    if version is None:
        return folders[-1]
    by_version = {ModelCard.read(folder).version: folder for folder in folders}
    by_version |= {folder.name: folder for folder in folders}
    if version not in by_version:
        known = sorted((v for v in by_version if v and "." in v), key=parse)
        raise InputError(
            f"{name} has no version {version!r}; its versions are {', '.join(known)} (slipway versions {name})"
        )
    return by_version[version]


class Predictor:
    """A loaded SavedModel and its card.

    Attributes:
      card: what the model says of itself.
    """

    def __init__(self, model: Path) -> None:
        import tensorflow as tf

        self.card = ModelCard.read(model)
        try:
            self._loaded = tf.saved_model.load(str(model))
        except OSError as error:
            raise InputError(
                f"the model folder {model} cannot be loaded: {error}; take it out of {model.parent}"
            ) from error
        self._predict = self._loaded.signatures["predict"]

    def predict(self, inputs: list[Any]) -> list[dict[str, Any]]:
        """Answers many inputs at once.

        Args:
          inputs: each as ``schemas.request.parse`` takes it.

        Returns:
          For each ``{"class", "confidence", "probabilities": {class: p}}``, or ``{"value"}`` for a regression.

        Raises:
          InputError: an input that does not fit the card, a picture that cannot be decoded, or an answer that is not finite.
        """
        rows = [request.parse(self.card, value) for value in inputs]
        outputs = self.predict_columns({name: [row[name] for row in rows] for name in self.card.inputs})
        return [self._answer(outputs, row) for row in range(len(rows))]

    def predict_columns(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Answers many inputs at once, column by column and unchecked.

        Args:
          columns: N values by raw column, as a list or an array: numbers (NaN where missing), or str or bytes ("" where
            missing; a picture's bytes).

        Returns:
          Arrays by output name: ``class`` object[N] of bytes, ``confidence`` float32[N] and ``probabilities``
          float32[N, classes]; or ``value`` float32[N].

        Raises:
          InputError: a picture cannot be decoded, or an answer is not finite.
        """
        import tensorflow as tf

        dtypes = {"number": tf.float32, "string": tf.string, "image": tf.string}
        tensors = {
            spec["tensor"]: tf.constant(columns[name], dtypes[spec["type"]]) for name, spec in self.card.inputs.items()
        }
        try:
            outputs = {name: tensor.numpy() for name, tensor in self._predict(**tensors).items()}
        except tf.errors.InvalidArgumentError as error:
            reason = error.message.partition("\n")[0]
            raise InputError(f"{self.card.name}: the model cannot read the input: {reason}") from error
        self._check_finite(outputs)
        return outputs

    def _check_finite(self, outputs: dict[str, Any]) -> None:
        """Raises InputError for the first number that is infinite or NaN: JSON has neither, and neither is an answer."""
        import numpy as np

        for name, values in outputs.items():
            if values.dtype.kind != "f" or np.isfinite(values).all():
                continue
            row, *_ = bad = tuple(np.argwhere(~np.isfinite(values))[0])
            which = f", input {row + 1}" if len(values) > 1 else ""
            raise InputError(
                f"{self.card.name} {self.card.version}{which}: the answer's {name} is {values[bad]}, which is not finite; "
                "are the input's numbers like those of the training data? if so, take another version"
            )

    def _answer(self, outputs: dict[str, Any], row: int) -> dict[str, Any]:
        if self.card.classes is None:
            return {"value": float(outputs["value"][row])}
        probabilities = outputs["probabilities"][row].tolist()
        return {
            "class": outputs["class"][row].decode(),
            "confidence": float(outputs["confidence"][row]),
            "probabilities": dict(zip(self.card.classes, probabilities, strict=True)),
        }
