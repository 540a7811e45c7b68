"""One request's input, checked against a model card."""

import base64
import contextlib
import functools
import math
import re
import struct
from collections.abc import Callable
from typing import Any

from schemas import forms, pictures
from schemas.errors import InputError, listed, shown
from schemas.features import FINITE_NUMBER
from schemas.forms import FormError
from schemas.model_card import ModelCard

Columns = dict[str, float | str | bytes]
# Of any media type: the file's first bytes decide, as browsers name the type by the file's suffix.
_DATA_URL = re.compile(r"\Adata:[^,]*;base64,", re.ASCII | re.IGNORECASE)
NUMBER = f"{FINITE_NUMBER}, or null where it is missing"


class RequestError(InputError):
    """An input that does not fit the card, with its parts for programs.

    Attributes:
      field: the input's column; None where it is the input as a whole.
      received: the offending value, as ``schemas.errors.shown`` shows it; for an unknown field, its name.
      allowed: what is expected.
      example: a value that the model takes there; None where the card has none.
    """

    def __init__(self, message: str, field: str | None, received: object, allowed: str, example: Any) -> None:
        super().__init__(message)
        self.field = field
        self.received = shown(received)
        self.allowed = allowed
        self.example = example


class PictureTooLargeError(RequestError):
    """A picture of more pixels than are read."""


def parse(card: ModelCard, value: Any, picture: Callable[[bytes], bytes] = pictures.prepared) -> Columns:
    """One input as raw columns: float (NaN where missing), str ("" where missing) or bytes of a picture.

    Args:
      value: a JSON object of columns; a model with one input also takes that input alone. A picture is bytes, base64 text,
        a data URL with base64, or ``{"b64": base64 text}``. A string or a number that is a missing-value cell of the training
        source is a missing value here too.
      picture: what is done with a picture's bytes; the graph takes upright PNG and JPEG alone. May raise PictureError.

    Raises:
      RequestError: names the field, what came, what is allowed, and shows an example.
    """
    if not isinstance(value, dict) or (len(card.inputs) == 1 and value.keys() == {"b64"}):
        if len(card.inputs) > 1:
            message = f"{card.name}: received {shown(value)}; an object is expected, such as {card.example}"
            raise RequestError(message, None, value, "an object", card.example)
        value = {next(iter(card.inputs)): value}
    for name in value:
        if name not in card.inputs:
            known = listed(card.inputs)
            message = f"{card.name}: unknown field {shown(name)}; the fields are {known}"
            # The name is the caller's own text, of any length, and goes into answers.
            raise RequestError(message, name[:100], name, f"one of the fields {known}", card.example)
    columns = {name: _READERS[spec["type"]](card, name, value.get(name)) for name, spec in card.inputs.items()}
    for name in picture_columns(card):
        columns[name] = prepared_picture(card, name, columns[name], picture)  # type: ignore[arg-type]
    return columns


def picture_columns(card: ModelCard) -> list[str]:
    """The columns that hold pictures."""
    return [name for name, spec in card.inputs.items() if spec["type"] == "image"]


def prepared_picture(card: ModelCard, name: str, content: bytes, picture: Callable[[bytes], bytes]) -> bytes:
    """What ``picture`` makes of a picture. Raises RequestError for one that it refuses."""
    try:
        return picture(content)
    except pictures.TooManyPixelsError as error:
        raise _refused(PictureTooLargeError, card, name, error.received, error.allowed) from None
    except pictures.PictureError as error:
        raise _refused(RequestError, card, name, f"{shown(content[:16])}, {error}", pictures.ALLOWED) from None


def _refused(kind: type[RequestError], card: ModelCard, name: str, received: str, allowed: str) -> RequestError:
    message = f"{card.name}, field {name!r}: received {received}; {allowed} is expected"
    error = kind(message, name, None, allowed, card.example.get(name))
    error.received = received  # in words: the value itself is a file
    return error


def _number(card: ModelCard, name: str, value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise _mismatch(card, name, value, NUMBER)
    return math.nan if value in _missing_numbers(tuple(card.reading.get("missing", ()))) else float(value)


@functools.lru_cache(maxsize=64)  # of the models that a gateway serves
def _missing_numbers(cells: tuple[str, ...]) -> frozenset[float]:
    """Those of the cells that mean "no value" that are numbers."""
    found = set()
    for cell in cells:
        with contextlib.suppress(ValueError):
            found.add(float(cell))
    return frozenset(found)


def _is_finite(value: float) -> bool:
    """Whether the number is finite as the float32 that the model reads; NaN is let through as a missing value."""
    # struct rounds as the tensor will be rounded, and needs no numpy, which a gateway does not load.
    try:
        struct.pack("<f", float(value))
    except OverflowError:
        return False
    return not math.isinf(value)


def _in_range(card: ModelCard, name: str, value: Any) -> float:
    number = _number(card, name, value)
    form = forms.of_spec(card.inputs[name])
    if isinstance(form, forms.DegreesForm):
        try:
            form.check(number)
        except FormError:
            raise _mismatch(card, name, value, form.allowed) from None
    return number


def _text(card: ModelCard, name: str, value: Any) -> str:
    form = forms.of_spec(card.inputs[name])
    if not isinstance(form, forms.Form):
        return _string(card, name, value)
    if isinstance(value, str):
        value = _string(card, name, value)
    try:
        text = form.canonical(value)
        text.encode()
    except FormError as error:
        raise _mismatch(card, name, value, error.allowed, error.received) from None
    except ValueError:  # a lone surrogate within a list
        raise _mismatch(card, name, value, "text that can be written in UTF-8 is expected") from None
    return text


def _string(card: ModelCard, name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        value = _boolean_text(card, name, value)
    # A whole number is the name of a class or a code (Pclass 3), as Category reads it; JSON's true is neither.
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _mismatch(card, name, value, "a string (or a whole number), or null where it is missing")
    try:
        text = str(value)
        text.encode()
    except ValueError:  # a lone surrogate, which JSON can write as \ud800; or an int of over 4300 digits
        raise _mismatch(card, name, value, "a string that can be written in UTF-8") from None
    if text in card.reading.get("missing", ()):
        return ""
    return text.strip()  # as in training (schemas/columns.to_string): vocabularies have names without white space


def _boolean_text(card: ModelCard, name: str, value: bool) -> bool | str:
    """JSON's true or false as the training data wrote it; as it is where the card's example is no boolean's text."""
    example = card.example.get(name)
    for write in (str.lower, str.capitalize, str.upper):
        if example in (write("true"), write("false")):
            return write(str(value))
    return value


def _image(card: ModelCard, name: str, value: Any) -> bytes:
    if isinstance(value, dict) and value.keys() == {"b64"}:
        value = value["b64"]
    if isinstance(value, str):
        # validate: else characters outside the alphabet are skipped, and a damaged text becomes another file.
        try:
            value = base64.b64decode(_DATA_URL.sub("", value), validate=True)
        except ValueError:  # binascii.Error is one; text outside ASCII raises a plain one
            raise _mismatch(card, name, value, f"base64 of {pictures.ALLOWED}") from None
    if not isinstance(value, bytes) or not value:
        raise _mismatch(card, name, value, pictures.ALLOWED)
    return value


def _mismatch(card: ModelCard, name: str, value: Any, allowed: str, received: str | None = None) -> RequestError:
    """``allowed`` without "is expected"; or with it, and then with an example of its own if there is one."""
    example = card.example.get(name)
    such = f", such as {shown(example)}" if example is not None else ""
    expected = allowed if "expected" in allowed else f"{allowed} is expected{such}"
    message = f"{card.name}, field {name!r}: received {received or shown(value)}; {expected}"
    return RequestError(message, name, value, allowed, example)


_READERS: dict[str, Callable[[ModelCard, str, Any], float | str | bytes]] = {
    "number": _in_range,
    "string": _text,
    "image": _image,
}
