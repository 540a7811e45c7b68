"""A request's body as the model's columns: JSON, uploaded pictures, or the bare text or picture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict

import orjson

from schemas import json_text
from schemas.errors import shown
from schemas.model_card import ModelCard
from schemas.request import Columns, PictureTooLargeError, RequestError, parse
from schemas.request_schema import short_example
from serving.gateway.forms import parts
from serving.gateway.problems import HttpProblem

FILE_PART = "file"
_SHOWN_ERRORS = 10  # of one request: an answer must not be larger than the body that caused it


@dataclass(frozen=True)
class Inputs:
    """The inputs of one request.

    Attributes:
      rows: N inputs as ``schemas.request.parse`` gives them.
      many: whether the caller sent a list and gets one back.
    """

    rows: list[Columns]
    many: bool


class ExampleBody(TypedDict):
    """A predict request's JSON with one input; its form depends on the model: an object, a text, or base64."""

    input: Any


class FieldError(TypedDict):
    """One entry of a problem's ``errors``.

    Attributes:
      pointer: the JSON pointer (RFC 6901) of the place in the body.
      field: the card's name of the input; None where it is the input as a whole.
      received, allowed: as text.
      example: a value that the model takes there.
      detail: a sentence about all of this.
    """

    pointer: str
    field: str | None
    received: str
    allowed: str
    example: Any
    detail: str


@dataclass(frozen=True)
class Media:
    """A Content-Type: lower-case type without parameters, and the header itself (for a form's boundary)."""

    type: str
    header: str


def media(header: str | None, encoding: str | None) -> Media:
    """The media type of a body; JSON without a Content-Type.

    Args:
      header: Content-Type.
      encoding: Content-Encoding.

    Raises:
      HttpProblem: 415, for an encoding other than ``identity``.
    """
    if encoding and encoding.strip().lower() != "identity":
        raise HttpProblem(
            "unsupported-media-type", f"Content-Encoding {shown(encoding)} is not read; send the body as it is"
        )
    if not header:
        return Media("application/json", "")
    return Media(header.partition(";")[0].strip().lower(), header)


_BARE = {
    "string": ("text/plain",),
    "image": (
        "multipart/form-data",
        "image/png",
        "image/jpeg",
        "image/webp",
        "image/gif",
        "image/bmp",
        "application/octet-stream",
    ),
}


CURL_DEFAULT = "application/x-www-form-urlencoded"  # what curl -d sends with any body


def media_types(card: ModelCard) -> list[str]:
    """The Content-Types that a model takes: JSON, and where it has one input only, that input's own."""
    kinds = [spec["type"] for spec in card.inputs.values()]
    return ["application/json", *(_BARE.get(kinds[0], ()) if len(kinds) == 1 else ())]


def read(card: ModelCard, sent: Media, body: bytes, max_batch: int, picture: Callable[[bytes], bytes]) -> Inputs:
    """A body as the columns of a model.

    Args:
      picture: as in ``schemas.request.parse``.

    Raises:
      HttpProblem: a type that the model does not take, a body that cannot be read, too many inputs, or values that do not
        fit the card; it names each and shows an example.
    """
    values, many = _values(card, sent, body)
    # Before the values are parsed: that is what costs time.
    if len(values) > max_batch:
        detail = f"the request has {len(values):,} inputs; up to {max_batch:,} are allowed"
        raise HttpProblem("too-large", detail, received=len(values), allowed=max_batch)
    rows, errors = [], []
    for index, value in enumerate(values):
        try:
            rows.append(parse(card, value, picture))
        except RequestError as error:
            errors.append((error, index if many else None))
            if len(errors) == _SHOWN_ERRORS:
                break
    if errors:
        raise refused(card, errors)
    return Inputs(rows, many)


def refused(card: ModelCard, errors: list[tuple[RequestError, int | None]]) -> HttpProblem:
    """The problem of inputs that do not fit the card.

    Args:
      errors: each with the index of its input; None where the request has one input alone.
    """
    entries = [_error(error, index) for error, index in errors]
    is_large = isinstance(errors[0][0], PictureTooLargeError)
    kind = "too-large" if is_large else "invalid-input"
    return HttpProblem(kind, entries[0]["detail"], errors=entries, example=example_body(card))


def _values(card: ModelCard, sent: Media, body: bytes) -> tuple[list[Any], bool]:
    if sent.type in ("application/json", CURL_DEFAULT) or sent.type.endswith("+json"):
        return _json(card, body)
    if sent.type not in media_types(card):
        raise _unsupported(card, sent)
    if sent.type == "multipart/form-data":
        return _form(card, sent.header, body)
    if sent.type == "text/plain":
        try:
            return [body.decode()], False
        except UnicodeDecodeError as error:
            raise _invalid(card, f"the text is not UTF-8 ({error.reason} at byte {error.start})") from error
    return [body], False


def _unsupported(card: ModelCard, sent: Media) -> HttpProblem:
    known = media_types(card)
    detail = f"{card.name} does not take Content-Type {shown(sent.type)}; it takes {', '.join(known)}"
    return HttpProblem("unsupported-media-type", detail, {"Accept-Post": ", ".join(known)}, allowed=known)


def _json(card: ModelCard, body: bytes) -> tuple[list[Any], bool]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _invalid(card, f"the body is not JSON: {error}" if body else "the body is empty") from error
    try:
        json_text.check_keys(body, document)
    except json_text.RepeatedKeyError as error:
        raise _invalid(card, f"the body: {error}") from None
    except RecursionError:
        raise _invalid(card, "the body is nested too deeply") from None
    if not isinstance(document, dict):
        raise _no_input(card, shown(document))
    if len(document) != 1 or document.keys().isdisjoint(("input", "inputs")):
        raise _no_input(card, f"an object with {', '.join(map(shown, list(document)[:5])) or 'nothing'}")
    if "input" in document:
        return [document["input"]], False
    values = document["inputs"]
    if not isinstance(values, list) or not values:
        raise _invalid(card, f"inputs: received {shown(values)}; a list of at least one input is expected")
    return values, True


def _no_input(card: ModelCard, came: str) -> HttpProblem:
    return _invalid(card, f'the body is {came}; one of {{"input": ...}} and {{"inputs": [...]}} is expected')


def _form(card: ModelCard, header: str, body: bytes) -> tuple[list[Any], bool]:
    """Uploaded pictures: one part, or several, named ``file`` or as the model's input."""
    (name,) = card.inputs
    try:
        found = parts(header, body)
    except ValueError as error:
        raise _invalid(card, f"the form cannot be read: {error}") from error
    for part, _ in found:
        if part not in (FILE_PART, name):
            raise _invalid(card, f"the form has a part {shown(part)}; {FILE_PART!r} or {name!r} is expected")
    if not found:
        raise _invalid(card, f"the form has no part; {FILE_PART!r} or {name!r} is expected")
    return [content for _, content in found], len(found) > 1


def _invalid(card: ModelCard, detail: str) -> HttpProblem:
    return HttpProblem("invalid-input", f"{card.name}: {detail}", example=example_body(card))


def example_body(card: ModelCard) -> ExampleBody:
    """A request body that the model takes: ``{"input": ...}`` with the card's own example."""
    return {"input": short_example(card)}


def _error(error: RequestError, index: int | None) -> FieldError:
    place = "/input" if index is None else f"/inputs/{index}"
    detail = str(error) if index is None else f"inputs[{index}]: {error}"
    if error.field is not None:
        # RFC 6901, section 3. The tilde first: the one of "~1" must not be escaped again.
        place += "/" + error.field.replace("~", "~0").replace("/", "~1")
    return {
        "pointer": place,
        "field": error.field,
        "received": error.received,
        "allowed": error.allowed,
        "example": error.example,
        "detail": detail,
    }
