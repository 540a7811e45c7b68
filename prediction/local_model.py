"""`slipway predict`: one input from the command line, and its answer."""

import json
import os
from pathlib import Path
from typing import Any

from prediction.loaded_model import LoadedModel
from schemas import request, request_schema
from schemas.errors import InputError, shown
from schemas.model_card import ModelCard
from schemas.quiet import output_to


class LocalModel:
    """A pushed model, to be asked in this process.

    Args:
      folder: as ``registry.pushed.find`` gives it.

    Raises:
      InputError: it has no card.
    """

    where = "loading the model included"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.card = ModelCard.read(folder)

    def answer(self, argument: str | None) -> dict[str, Any]:
        """The answer to an INPUT argument, with the model's name and version.

        Raises:
          InputError: no input, or one that the model does not take; before TensorFlow is loaded.
        """
        value = read_argument(self.card, argument)
        request.parse(self.card, value)
        with output_to(Path(os.devnull)):  # what TensorFlow prints while it loads
            (answer,) = LoadedModel(self._folder).predict([value])
        return {"output": answer.as_json(), **self.card.identity}

    def load(self, probabilities: bool) -> LoadedModel:
        """What ``prediction.files.batch`` asks."""
        return LoadedModel(self._folder)


def read_argument(card: ModelCard, argument: str | None) -> Any:
    """The INPUT argument as ``schemas.request.parse`` takes it."""
    if argument is None:
        raise InputError(f"INPUT is missing; {_expected(card)}")
    types = [spec["type"] for spec in card.inputs.values()]
    if types == ["image"] and not argument.lstrip().startswith("{"):
        try:
            return Path(argument).read_bytes()
        except OSError as error:
            raise InputError(f"cannot read the picture {argument}: {error.strerror}; {_expected(card)}") from error
    if types == ["string"] and not argument.lstrip().startswith("{"):
        return argument
    try:
        return json.loads(argument)
    except (ValueError, RecursionError) as error:
        raise InputError(f"INPUT {shown(argument, 200)} is not JSON ({error}); {_expected(card)}") from error


def _expected(card: ModelCard) -> str:
    if [spec["type"] for spec in card.inputs.values()] == ["image"]:
        return "the path of a PNG or JPEG file is expected"
    return f"expected is, for example: {json.dumps(request_schema.example(card), ensure_ascii=False)}"
