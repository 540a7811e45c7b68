"""The gateway's request log (schemas.request_log), streamed line by line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from prediction.answer import Answer
from prediction.answer_json import from_json
from prediction.files.line_rows import lines_of, rows_of
from prediction.files.rows import Rows
from schemas import json_text
from schemas.errors import InputError, shown
from schemas.model_card import ModelCard
from schemas.request_log import REDACTED

_FIELDS = ("time", "model", "version", "input", "output")
_REDACTED = json.dumps(REDACTED)


@dataclass(frozen=True)
class Logged:
    """An input that the gateway answered.

    Attributes:
      line: where it stands in the file, from 1.
      time: when it was answered (ISO 8601, UTC).
      version: the semantic version that answered.
      input: its value by raw column, as ``schemas.request.parse`` takes it.
      answer: what it was answered.
    """

    line: int
    time: str
    version: str
    input: dict[str, Any]
    answer: Answer


def read(path: str, model: str) -> Iterator[Logged]:
    """The lines of one model, in their order; those of others are passed over, and so is a last line that is not whole yet.

    Raises InputError for a file that cannot be read, and for a line that is none of a request log.
    """
    for line, text, is_whole in lines_of(path):
        if not text.strip():
            continue
        try:
            content = json_text.loads(text)
            found = _logged(line, content, model)
        except (ValueError, RecursionError) as error:
            if not is_whole:  # the gateway is writing it
                return
            raise InputError(
                f"{path}, line {line}: received {shown(text)} ({error}); a line of the gateway's --request-log is expected"
            ) from error
        if found is not None:
            yield found


def _logged(line: int, content: Any, model: str) -> Logged | None:
    """None for a line of another model. Raises ValueError for what is no line of a request log."""
    if not isinstance(content, dict) or any(name not in content for name in _FIELDS):
        raise ValueError(f"an object with {', '.join(_FIELDS)}")
    if content["model"] != model:
        return None
    if not isinstance(content["input"], dict):
        raise ValueError("its input is no object")
    answer = from_json(content["output"])
    return Logged(line, str(content["time"]), str(content["version"]), content["input"], answer)


def redacted(path: str, model: str) -> tuple[str, ...]:
    """The columns of which a value was redacted, in the order in which they are found. Raises InputError as ``read`` does."""
    # The text alone is looked through first: parsing is most of the work, and few logs are redacted.
    if not any(_REDACTED in text for _, text, _ in lines_of(path)):
        return ()
    found = (name for logged in read(path, model) for name, value in logged.input.items() if value == REDACTED)
    return tuple(dict.fromkeys(found))


def rows(path: str, card: ModelCard) -> Rows:
    """The inputs as rows for this model; a redacted value is a missing one, and a column that it does not read is left out.

    Raises InputError for an input that does not fit, when its chunk is read.
    """
    values = ((logged.line, readable(logged.input, card)) for logged in read(path, card.name))
    return rows_of(path, card, pa.schema([pa.field("row", pa.int64())]), values)


def readable(value: dict[str, Any], card: ModelCard) -> dict[str, Any]:
    """An input without the columns that the model does not read: another version may have answered it."""
    return {name: item for name, item in value.items() if name in card.inputs and item != REDACTED}
