"""Strings in JSON: their bytes, and how RapidJSON writes them."""

import re

_SPECIAL = re.compile(r'["\\\x00-\x1f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def raw(text: str) -> bytes:
    """The bytes behind a string of a request (see json_value)."""
    return text.encode("utf-8", "surrogateescape")


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return _SHORT.get(character) or f"\\u{ord(character):04X}"


def quoted(text: str) -> str:
    """A string in quotation marks, with what JSON forbids escaped and everything else as it is."""
    return f'"{_SPECIAL.sub(_escape, text)}"'
