"""`slipway predict`: one input from the command line, and its answer."""

import json
import os
from pathlib import Path
from typing import Any

from prediction.loaded_model import LoadedModel
from schemas import json_text, request, request_schema
from schemas.errors import InputError, shown
from schemas.model_card import Identity, ModelCard
from schemas.pictures import ALLOWED
from schemas.quiet import output_to
from schemas.records import AnswerJson


class IdentifiedAnswer(Identity):
    """What ``slipway predict --json`` prints: an answer, and the model and version that gave it."""

    output: AnswerJson


class LocalModel:
    """A pushed model that answers in this process.

    Args:
      folder: as ``registry.pushed.find`` gives it.

    Raises:
      InputError: it has no card.
    """

    # Beside the rate of a batch: loading takes seconds, and most of the time of a small file.
    where = "loading the model included"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.card = ModelCard.read(folder)

    def answer(self, argument: str | None) -> IdentifiedAnswer:
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
        """The model, for ``prediction.files.batch``; it always gives probabilities, so the argument does not matter."""
        return LoadedModel(self._folder)


def read_argument(card: ModelCard, argument: str | None) -> Any:
    """The INPUT argument as ``schemas.request.parse`` takes it.

    A picture's path and a text stand for themselves, unless they begin as a JSON object does: a column may be named in one.

    Raises:
      InputError: there is none, it is no JSON where JSON is expected, or a picture that cannot be read.
    """
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
        return json_text.loads(argument)
    except json_text.RepeatedKeyError as error:
        raise InputError(f"INPUT {shown(argument, 200)}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"INPUT {shown(argument, 200)} is not JSON ({error}); {_expected(card)}") from error


def _expected(card: ModelCard) -> str:
    if [spec["type"] for spec in card.inputs.values()] == ["image"]:
        return f"the path of {ALLOWED} is expected"
    return f"expected is, for example: {json.dumps(request_schema.example(card), ensure_ascii=False)}"
