"""The exact reader of JSON: the values, messages and offsets of RapidJSON 1.1 as TensorFlow Serving uses it.

It goes over the bytes one token at a time with a stack of its own, so nesting has no limit. ``json_reader`` takes the
quick way where that is known to give the same values.
"""

import math
import re
from typing import Any

from serving.model_server.rest.json_value import Members

_SPACE = re.compile(rb"[ \t\n\r]*")
_INTEGER = re.compile(rb"0|[1-9][0-9]*")
_DIGITS = re.compile(rb"[0-9]+")
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_HEX4 = re.compile(rb"[0-9A-Fa-f]{4}")
_WORDS = {ord("n"): (b"null", None), ord("t"): (b"true", True), ord("f"): (b"false", False)}
_ESCAPES = dict(zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True))
_MARK = b"\xef\xbb\xbf"
_END = -1
_NO_VALUE = (*b"]},:", _END)

_EMPTY = "The document is empty."
_INVALID = "Invalid value."
_NO_NAME = "Missing a name for object member."
_NO_COLON = "Missing a colon after a name of object member."
_NO_END_OF_OBJECT = "Missing a comma or '}' after an object member."
_NO_END_OF_ARRAY = "Missing a comma or ']' after an array element."
_TOO_BIG = "Number too big to be stored in double."


class JsonError(Exception):
    """The body is not JSON. ``reason`` is RapidJSON's text, ``offset`` counts bytes from the start of the body."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"{reason} at offset: {offset}")


def parse(body: bytes) -> Any:
    """The first JSON value in a body; what follows it is ignored. Raises JsonError."""
    return _Parser(body).document()


class _Parser:
    def __init__(self, body: bytes) -> None:
        self.text = body.partition(b"\0")[0]  # RapidJSON takes a NUL for the end
        self.at = 0
        for byte in _MARK:  # it skips each byte of the mark on its own
            self.at += self.text[self.at : self.at + 1] == bytes([byte])

    def peek(self) -> int:
        """The next byte after white space, or _END."""
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]  # it matches nothing, too
        return self.text[self.at] if self.at < len(self.text) else _END

    def fail(self, reason: str) -> JsonError:
        return JsonError(reason, self.at)

    def document(self) -> Any:
        """Read values until the outermost one is complete."""
        stack: list[list[Any]] = []  # an array's elements; of an object the pairs, below its open key
        keys: list[str | None] = []  # per level: None in an array, else the key that waits for its value
        while True:
            token = self.peek()
            if token == ord("["):
                self.at += 1
                stack.append([])
                keys.append(None)
                if self.peek() != ord("]"):
                    continue
                value = self._close(stack, keys)
            elif token == ord("{"):
                self.at += 1
                stack.append([])
                if self.peek() != ord("}"):
                    keys.append(self._key())
                    continue
                keys.append("")
                value = self._close(stack, keys)
            elif token in _NO_VALUE:
                raise self.fail(_INVALID if stack else _EMPTY)
            else:
                value = self._scalar(token)
            while stack and self._add(stack, keys, value):
                value = self._close(stack, keys)
            if not stack:
                return value

    def _add(self, stack: list[list[Any]], keys: list[str | None], value: Any) -> bool:
        """Put a value into the innermost list or object; True if that one ends here, else the next value may be read."""
        key = keys[-1]
        stack[-1].append(value if key is None else (key, value))
        token = self.peek()
        if token == ord("]" if key is None else "}"):
            return True
        if token != ord(","):
            raise self.fail(_NO_END_OF_ARRAY if key is None else _NO_END_OF_OBJECT)
        self.at += 1
        if key is not None:
            keys[-1] = self._key()
        return False

    def _close(self, stack: list[list[Any]], keys: list[str | None]) -> Any:
        self.at += 1
        items = stack.pop()
        if keys.pop() is None:
            return items
        return collected(items)

    def _key(self) -> str:
        if self.peek() != ord('"'):
            raise self.fail(_NO_NAME)
        key = self._string()
        if self.peek() != ord(":"):
            raise self.fail(_NO_COLON)
        self.at += 1
        return key

    def _scalar(self, token: int) -> Any:
        if token == ord('"'):
            return self._string()
        if token in _WORDS:
            word, value = _WORDS[token]
            self._word(word)
            return value
        return self._number()

    def _word(self, word: bytes) -> None:
        # Letter by letter: an error's offset is that of the first wrong one.
        for letter in word:
            if self.text[self.at : self.at + 1] != bytes([letter]):
                raise self.fail(_INVALID)
            self.at += 1

    def _string(self) -> str:
        self.at += 1
        pieces = bytearray()
        while True:
            end = _PLAIN.match(self.text, self.at).end()  # type: ignore[union-attr]
            pieces += self.text[self.at : end]
            self.at = end
            if end == len(self.text):
                raise self.fail("Missing a closing quotation mark in string.")
            if self.text[end] == ord('"'):
                self.at += 1
                # RapidJSON does not validate UTF-8: the bytes must come back as they were.
                return pieces.decode("utf-8", "surrogateescape")
            if self.text[end] != ord("\\"):
                raise self.fail("Invalid escape character in string.")
            pieces += self._escape()

    def _escape(self) -> bytes:
        start, code = self.at, self.text[self.at + 1 : self.at + 2]
        if code == b"u":
            return self._unicode(start)
        if not code or code[0] not in _ESCAPES:
            raise self.fail("Invalid escape character in string.")
        self.at += 2
        return bytes([_ESCAPES[code[0]]])

    def _unicode(self, start: int) -> bytes:
        """``\\uXXXX``, with a second one after a high surrogate. A lone low surrogate is let through, as in RapidJSON."""
        point = self._hex(start)
        if 0xD800 <= point <= 0xDBFF:
            low = self._hex(start) if self.text[self.at : self.at + 2] == b"\\u" else 0
            if not 0xDC00 <= low <= 0xDFFF:
                raise JsonError("The surrogate pair in string is invalid.", start)
            point = 0x10000 + ((point - 0xD800) << 10 | (low - 0xDC00))
        return chr(point).encode("utf-8", "surrogatepass")

    def _hex(self, start: int) -> int:
        found = _HEX4.match(self.text, self.at + 2)
        if found is None:
            raise JsonError("Incorrect hex digit after \\u escape in string.", start)
        self.at = found.end()
        return int(found.group(), 16)

    def _number(self) -> int | float:
        start = self.at
        minus = self.text[start : start + 1] == b"-"
        self.at += minus
        found = _INTEGER.match(self.text, self.at)
        if found is None:
            return self._special(minus)
        self.at = found.end()
        integer = found.group()
        if len(integer) > 309 or (len(integer) == 309 and float(integer[:308]) >= 1.7976931348623157e307):
            raise JsonError(_TOO_BIG, start)
        fraction = self._digits_after(b".", "Miss fraction part in number.")
        exponent = self._exponent()
        if fraction is None and exponent is None:
            value = -int(integer) if minus else int(integer)
            # RapidJSON reads what fits neither int64 nor uint64 as a double.
            return value if -(2**63) <= value < 2**64 else float(value)
        if exponent is not None and exponent > 308 and exponent > 308 + _kept(integer, fraction or b""):
            raise JsonError(_TOO_BIG, start)
        return float(self.text[start : self.at])

    def _special(self, minus: bool) -> float:
        token = self.text[self.at : self.at + 1]
        if token == b"N":
            self._word(b"NaN")
            return math.nan
        if token != b"I":
            raise self.fail(_INVALID)
        self._word(b"Inf")
        if self.text[self.at : self.at + 1] == b"i":
            self._word(b"inity")
        return -math.inf if minus else math.inf

    def _digits_after(self, mark: bytes, reason: str) -> bytes | None:
        """The digits after a mark that may be missing."""
        if self.text[self.at : self.at + 1] != mark:
            return None
        self.at += 1
        found = _DIGITS.match(self.text, self.at)
        if found is None:
            raise self.fail(reason)
        self.at = found.end()
        return found.group()

    def _exponent(self) -> int | None:
        mark = self.text[self.at : self.at + 1]
        if mark not in (b"e", b"E"):
            return None
        sign = self.text[self.at + 1 : self.at + 2]
        if sign in (b"+", b"-"):
            self.at += 1
            mark = sign
        digits = self._digits_after(mark, "Miss exponent in number.")
        size = int((digits or b"")[-400:].lstrip(b"0")[:9] or 0) if len(digits or b"") < 400 else 10**9
        return -size if mark == b"-" else size


def collected(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Members:
    """An object of its members: a dict where every key comes once."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else Members(pairs)


def _kept(integer: bytes, fraction: bytes) -> int:
    """How many digits of the fraction RapidJSON keeps; the largest exponent that it takes grows by that many."""
    if not -(2**63) <= int(integer) < 2**64:
        return 0
    significand, significant, kept = int(integer), len(integer) - 1, 0
    for digit in fraction:
        if significand > 2**53 - 1:
            if significant >= 17:
                break
            significant += 1
        else:
            significand = significand * 10 + digit - ord("0")
            significant += significand != 0
        kept += 1
    return kept
