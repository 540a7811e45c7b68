"""A SavedModel that answers in this process."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from prediction import signature
from prediction.answer import Answer, Outputs
from prediction.outputs import answers
from schemas import request
from schemas.errors import InputError
from schemas.model_card import ModelCard


class LoadedModel:
    """A SavedModel and its card.

    Attributes:
      folder: the SavedModel's.
      card: the model's card.
      saved_model: as TensorFlow loads it, with all that was exported (components.training.export).

    Args:
      model: its folder; the model need not be pushed.

    Raises:
      InputError: the folder has no card, or no model that can be loaded.
    """

    def __init__(self, model: Path) -> None:
        import tensorflow as tf

        self.folder = model
        self.card = ModelCard.read(model)
        try:
            self.saved_model = tf.saved_model.load(str(model))
        except OSError as error:
            raise InputError(
                f"the model folder {model} cannot be loaded: {error}; take it out of {model.parent}"
            ) from error
        self._predict = self.saved_model.signatures[signature.NAME]

    def predict(self, inputs: list[Any]) -> list[Answer]:
        """Answers many inputs at once.

        Args:
          inputs: each as ``schemas.request.parse`` takes it.

        Raises:
          RequestError: an input that does not fit the card.
          UnansweredError: a picture that cannot be decoded, or an answer that is not finite.
        """
        # All inputs are checked before the model runs: one that does not fit costs nothing.
        rows = [request.parse(self.card, value) for value in inputs]
        return answers(
            self.card, self.predict_columns({name: [row[name] for row in rows] for name in self.card.inputs})
        )

    def raw_outputs(self, columns: Mapping[str, Any]) -> Outputs:
        """``predict_columns`` for whoever judges the model: an answer may be infinite or NaN."""
        return signature.call(self._predict, self.card, columns, finite=False)

    def predict_columns(self, columns: Mapping[str, Any]) -> Outputs:
        """Answers many rows at once, column by column; arguments, arrays and errors are those of ``signature.call``."""
        return signature.call(self._predict, self.card, columns)


@lru_cache(maxsize=1)
def loaded_once(model: Path) -> LoadedModel:
    """A model that is loaded once in a process: several steps of a run answer with it, and one explanation after another.

    Args and errors are those of ``LoadedModel``. The last one is kept; its folder's files must not change.
    """
    return LoadedModel(model)
