"""Text to numbers."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns.cells import CellError, first_failure, received
from schemas.columns.unparsed import hint
from schemas.features import FINITE_NUMBER

_SPACE = "[ \u00a0\u202f]"  # French files have no-break spaces, of two widths, where people type a space


@dataclass(frozen=True)
class NumberStyle:
    """How the numbers of a file are written.

    Attributes:
      decimal: the character before the fraction, "." or ",".
      thousands: the one between groups of digits; "": none.
      units: what may stand before or after a number, such as "%" or "$", and is no part of it.
    """

    decimal: str = "."
    thousands: str = ""
    units: tuple[str, ...] = ()

    @classmethod
    def of(cls, reading: Mapping[str, Any]) -> "NumberStyle":
        """The style of a mapping that may have other keys, too, and lack some: a source's fields, or a card's reading."""
        decimal, thousands = reading.get("decimal", cls.decimal), reading.get("thousands", cls.thousands)
        return cls(decimal, thousands, tuple(reading.get("units", cls.units)))

    @property
    def is_plain(self) -> bool:
        """Whether they are written as in English, without groups and units."""
        return self == PLAIN


PLAIN = NumberStyle()


def to_number(text: pa.Array, *, required: bool = False, style: NumberStyle = PLAIN) -> pa.Array:
    """string[N] to float32[N]; null and NaN become null.

    Raises:
      CellError: what is no number, or infinite as a float32; where ``required``, a missing one too.
    """
    written, text = text, plain_numbers(text, style)
    try:
        return _numbers(text, required)
    except pa.ArrowInvalid:
        row = first_failure(text, lambda part: _numbers(part, required))
    allowed = "a number"
    with contextlib.suppress(pa.ArrowInvalid):  # it parses: then it is infinite, or missing
        if pc.is_inf(_parsed(text.slice(row, 1)))[0].as_py():
            allowed = FINITE_NUMBER
    raise CellError(row, f"received {received(written[row])}; {allowed} is expected{hint(written, text)}")


def plain_numbers(text: pa.Array, style: NumberStyle) -> pa.Array:
    """string[N] in which numbers of this style are written with a point and without groups; other cells are no numbers.

    Groups are of three digits, or of two (lakh and crore) before the last three: "1.5" is not 15 where a point stands between
    thousands.
    """
    if style.is_plain:
        return text
    if style.units:
        # The longest first: of "km/h" no "km" is taken.
        units = "|".join(map(_escaped, sorted(style.units, key=len, reverse=True)))
        text = pc.replace_substring_regex(text, rf"^([-+]?)(?:{units}){_SPACE}*|{_SPACE}*(?:{units})$", r"\1")
    mark = _SPACE if style.thousands == " " else _escaped(style.thousands)
    point = _escaped(style.decimal)
    if style.thousands:
        # What is not grouped is left as it is, and the mark in it is no part of a number.
        grouped = pc.match_substring_regex(text, rf"^[+-]?\d{{1,3}}(?:{mark}\d{{2,3}})*{mark}\d{{3}}(?:$|{point}|[eE])")
        text = pc.if_else(grouped, pc.replace_substring_regex(text, mark, ""), text)
    if style.decimal == ".":
        return text
    return pc.replace_substring(pc.replace_substring(text, ".", "?"), style.decimal, ".")


def _escaped(text: str) -> str:
    return "".join(rf"\x{{{ord(character):x}}}" for character in text)  # RE2's form


def _numbers(text: pa.Array, required: bool) -> pa.Array:
    """``to_number``, but raises ArrowInvalid where any cell is bad, whatever is wrong with it."""
    numbers = _parsed(text)
    numbers = pc.if_else(pc.is_nan(numbers), None, numbers)
    if pc.any(pc.is_inf(numbers)).as_py() or (required and numbers.null_count):
        raise pa.ArrowInvalid("infinite or missing")
    return numbers


def _parsed(text: pa.Array) -> pa.Array:
    """string[N] to float32[N]; a number beyond its range becomes infinite. Raises ArrowInvalid."""
    # As a request's number goes (a Python float, then float32): a direct cast could round a text to a neighbouring float32.
    return text.cast(pa.float64()).cast(pa.float32())
