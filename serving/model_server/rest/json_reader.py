"""Reads a request body: quickly where the C readers are known to give what the exact parser gives, else exactly."""

import itertools
import json
import re
from typing import Any

import orjson

from serving.model_server.rest.json_parser import collected, parse

_MARK = b"\xef\xbb\xbf"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
# RapidJSON refuses some exponents and integers by their length alone, such as 0e999.
_LARGE_EXPONENT = re.compile(rb"[eE]\+?[0-9]{3}")
_LONG_INTEGER = 300
_DECODER = json.JSONDecoder(object_pairs_hook=collected)
_UNREAD = object()


def read(body: bytes) -> Any:
    """The first JSON value in a body (see json_value). Raises JsonError."""
    value = _quick(body)
    return parse(body) if value is _UNREAD else value


def _quick(body: bytes) -> Any:
    """A top-level object as the C readers see it; _UNREAD where only the exact parser is right."""
    if body.startswith(_MARK):
        body = body[len(_MARK) :]
    if _has_long_integer(body) or ((b"e" in body or b"E" in body) and _LARGE_EXPONENT.search(body)):
        return _UNREAD
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _standard(body)
    if isinstance(value, dict) and _keys(value, body.count(b"{")) == body.count(b":"):
        return value
    return _standard(body)


def _standard(body: bytes) -> Any:
    """By the standard library, which reports equal keys and stops after the first value, but reads only valid UTF-8."""
    # Python joins or keeps lone surrogates, where RapidJSON refuses some.
    if b"\\u" in body and _SURROGATE.search(body):
        return _UNREAD
    try:
        text = body.decode()
        value, _ = _DECODER.raw_decode(text.lstrip(" \t\n\r"))
    # Not an error yet: the exact parser gives the reason and the offset.
    except (ValueError, RecursionError):
        return _UNREAD
    return _UNREAD if isinstance(value, str | int | float | list) or value is None else value


def _keys(document: dict[str, Any], braces: int) -> int:
    """The number of keys in an object and in the objects one and two levels below it.

    Where it equals the number of colons in the text, no key was there twice: a lost one would leave its colon.
    """
    count = len(document)
    if braces == 1:
        return count
    for value in document.values():
        if type(value) is dict:
            count += len(value) + sum(len(item) for item in value.values() if type(item) is dict)
        elif type(value) is list:
            count += sum(len(item) for item in value if type(item) is dict)
    return count


def _has_long_integer(body: bytes) -> bool:
    """Whether _LONG_INTEGER digits follow one another, seen from samples half that far apart."""
    step = _LONG_INTEGER // 2
    if len(body) < _LONG_INTEGER:
        return False
    digits = [48 <= byte <= 57 for byte in body[::step]]
    return any(
        here and there and body[index * step : (index + 1) * step].isdigit()
        for index, (here, there) in enumerate(itertools.pairwise(digits))
    )
