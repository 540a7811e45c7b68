"""KFP's parameter values and their texts, as its driver and launcher (written in Go) make and read them."""

import json
import math
import re
from decimal import Decimal
from typing import Any

from kfp.pipeline_spec import pipeline_spec_pb2 as spec

from schemas.errors import shown

_KIND = spec.ParameterType
Values = dict[str, Any]  # parameters by name; which Python type each has follows from its ParameterType (TYPES)
# A number in KFP travels as a double, so that a whole one may come as 100.0.
TYPES: dict[int, tuple[type, ...]] = {
    _KIND.STRING: (str,),
    _KIND.NUMBER_INTEGER: (int, float),
    _KIND.NUMBER_DOUBLE: (int, float),
    _KIND.BOOLEAN: (bool,),
    _KIND.LIST: (list,),
    _KIND.STRUCT: (dict,),
}
_EXPECTED = {
    _KIND.STRING: "a text",
    _KIND.NUMBER_INTEGER: "a whole number",
    _KIND.NUMBER_DOUBLE: "a number",
    _KIND.BOOLEAN: "true or false",
    _KIND.LIST: "a JSON list",
    _KIND.STRUCT: "a JSON object",
}
_TRUE, _FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")  # Go's ParseBool
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LARGEST = 2**63


def as_text(value: Any) -> str:
    """A value as it stands in a command: numbers as the shortest decimal without an exponent, lists and objects as JSON.

    Numbers are doubles in KFP, so that whole ones above 2**53 lose digits here as they do there.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _decimal(float(value))
    return _as_json(value)


def from_text(text: str, kind: int) -> Any:
    """The value of an output parameter's file, or of KEY=VALUE, for a parameter of a type.

    Args:
      kind: a ParameterType.

    Raises:
      ValueError: the text is not one of that type; names the type that is expected.
    """
    if kind == _KIND.STRING:
        return text
    try:
        value = _parsed(text.strip(), kind)
    except (ValueError, RecursionError):
        value = None
    if value is None or not fits(value, kind):
        raise ValueError(f"received {shown(text)}; {_EXPECTED.get(kind, 'a type that KFP knows')} is expected")
    return value


def fits(value: Any, kind: int) -> bool:
    """Whether KFP's driver takes a value for a parameter of a type other than STRING, which takes all."""
    # To Python a bool is an int; to KFP it is not a number.
    if isinstance(value, bool) and kind != _KIND.BOOLEAN:
        return False
    return isinstance(value, TYPES.get(kind, ()))


def _parsed(text: str, kind: int) -> Any:
    if kind == _KIND.NUMBER_INTEGER:
        if not _INTEGER.fullmatch(text) or not -_LARGEST <= int(text) < _LARGEST:
            raise ValueError(text)
        return int(text)
    if kind == _KIND.NUMBER_DOUBLE:
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise ValueError(text)
        return float(text)
    if kind == _KIND.BOOLEAN:
        return True if text in _TRUE else False if text in _FALSE else None
    # Whole numbers too: in a protobuf Struct every number is a double.
    return json.loads(text, parse_int=_double, parse_float=_double, parse_constant=_double)


def _double(text: str) -> float:
    """A number in JSON; NaN and what is too large are none."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a number in JSON")
    return number


def _decimal(number: float) -> str:
    """Go's strconv.FormatFloat(number, 'f', -1, 64)."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "+Inf" if number > 0 else "-Inf"
    # repr is the shortest text that gives the number back, as Go's precision of -1.
    text = format(Decimal(repr(number)), "f")
    return text.removesuffix(".0")


def _as_json(value: Any) -> str:
    """Go's json.Marshal of a protobuf list or struct: keys sorted, no spaces, < > & and line separators escaped."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(key)}:{_as_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_as_json, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if value is None:
        return "null"
    return as_text(value) if isinstance(value, bool) else _json_number(float(value))


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    # Go escapes these, so that its JSON can stand in HTML and JavaScript.
    for character in "<>&\u2028\u2029":
        quoted = quoted.replace(character, f"\\u{ord(character):04x}")
    return quoted


def _json_number(number: float) -> str:
    """As encoding/json writes a float64: an exponent below 1e-6 and from 1e21 on."""
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        return _decimal(number)
    digits, exponent = f"{Decimal(repr(number)).normalize():e}".split("e")
    return f"{digits}e{int(exponent):+d}"
