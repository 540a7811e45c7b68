"""Reading JSON like RapidJSON: values, messages with offsets, and the quick way against the exact one."""

import json
import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from serving.model_server.rest.json_parser import JsonError, parse
from serving.model_server.rest.json_reader import read
from serving.model_server.rest.json_text import raw
from serving.model_server.rest.json_value import Members, shown

INVALID = "Invalid value."
NO_NAME = "Missing a name for object member."
NO_COLON = "Missing a colon after a name of object member."
NO_BRACE = "Missing a comma or '}' after an object member."
NO_BRACKET = "Missing a comma or ']' after an array element."
TOO_BIG = "Number too big to be stored in double."
EMPTY = "The document is empty."
NO_QUOTE = "Missing a closing quotation mark in string."
BAD_ESCAPE = "Invalid escape character in string."
BAD_HEX = "Incorrect hex digit after \\u escape in string."
BAD_PAIR = "The surrogate pair in string is invalid."


def outcome(reader: Any, body: bytes) -> Any:
    """What a reader makes of a body, so that two readers can be compared: NaN equals NaN, 1 is not 1.0 nor true."""
    try:
        return plain(reader(body))
    except JsonError as error:
        return f"error: {error}"


def plain(value: Any) -> Any:
    if isinstance(value, Members):
        return ("pairs", [(name, plain(item)) for name, item in value.pairs])
    if isinstance(value, dict):
        return ("object", [(name, plain(item)) for name, item in value.items()])
    if isinstance(value, list):
        return [plain(item) for item in value]
    if type(value) is int and not -(2**63) <= value < 2**64:
        value = float(value)
    return (type(value).__name__, repr(value))


@pytest.mark.parametrize("reader", [read, parse])
@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        (" \n", EMPTY, 2),
        ("}", EMPTY, 0),
        ("]", EMPTY, 0),
        (",", EMPTY, 0),
        ("instances = [1, 2]", INVALID, 0),
        ("{", NO_NAME, 1),
        ("{ 1: 2}", NO_NAME, 2),
        ("{,", NO_NAME, 1),
        ("{'a': 1}", NO_NAME, 1),
        ('{"a"', NO_COLON, 4),
        ('{"a" 1}', NO_COLON, 5),
        ('{"a":', INVALID, 5),
        ('{"a":}', INVALID, 5),
        ('{"a":1', NO_BRACE, 6),
        ('{"a":1 "b"', NO_BRACE, 7),
        ('{"a":1]', NO_BRACE, 6),
        ('{"a":1,}', NO_NAME, 7),
        ('{"a":01}', NO_BRACE, 6),
        ('{"a":[', INVALID, 6),
        ('{"a":[1,]}', INVALID, 8),
        ('{"a":[1 2]}', NO_BRACKET, 8),
        ('{"a":[1}', NO_BRACKET, 7),
        ('{"a":[[1,2],[3,4}', NO_BRACKET, 16),
        ('{"a":nul}', INVALID, 8),
        ('{"a":True}', INVALID, 5),
        ('{"a":-}', INVALID, 6),
        ('{"a":+1}', INVALID, 5),
        ('{"a":.5}', INVALID, 5),
        ('{"a":5.}', "Miss fraction part in number.", 7),
        ('{"a":5e}', "Miss exponent in number.", 7),
        ('{"a":5e+}', "Miss exponent in number.", 8),
        ('{"a":Nan}', INVALID, 7),
        ('{"a":Infinite}', INVALID, 12),
        ('{"a":nan}', INVALID, 6),
        ('{"a":1e309}', TOO_BIG, 5),
        ('{"a":-1e309}', TOO_BIG, 5),
        ('{"a":0e309}', TOO_BIG, 5),
        ('{"a":1' + "0" * 400 + "}", TOO_BIG, 5),
        ('{"a":"b', NO_QUOTE, 7),
        ('{"a":"\\', BAD_ESCAPE, 6),
        ('{"a":"\\x"}', BAD_ESCAPE, 6),
        ('{"a":"\t"}', BAD_ESCAPE, 6),
        ('{"a":"\\u12g4"}', BAD_HEX, 6),
        ('{"a":"\\ud800"}', BAD_PAIR, 6),
        ('{"a":"\\ud800\\u0041"}', BAD_PAIR, 6),
        ('{"a":"\\ud800\\u00"}', BAD_HEX, 6),
        ('{"a":1 /* no */}', NO_BRACE, 7),
        ('{"a":\0 1}', INVALID, 5),
        ('\ufeff{"a":', INVALID, 8),
    ],
)
def test_a_body_that_is_not_json(reader: Any, text: str, reason: str, offset: int) -> None:
    with pytest.raises(JsonError) as caught:
        reader(text.encode())
    assert str(caught.value) == f"{reason} at offset: {offset}"


@pytest.mark.parametrize("reader", [read, parse])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1} trailing', {"a": 1}),
        ('{"a": 1}]', {"a": 1}),
        ('\ufeff \r\n\t{"a": 1}', {"a": 1}),
        ('{"a": 1.0}', {"a": 1.0}),
        ('{"a": 1e2}', {"a": 100.0}),
        ('{"a": -0}', {"a": 0}),
        ('{"a": 18446744073709551615}', {"a": 2**64 - 1}),
        ('{"a": 18446744073709551616}', {"a": 2.0**64}),
        ('{"a": -9223372036854775808}', {"a": -(2**63)}),
        ('{"a": -9223372036854775809}', {"a": -(2.0**63)}),
        ('{"a": 1.8e308}', {"a": math.inf}),
        ('{"a": 1e-999}', {"a": 0.0}),
        ('{"a": 0.00000001e312}', {"a": float("0.00000001e312")}),
        ('{"a": [Inf, -Inf, Infinity, -Infinity]}', {"a": [math.inf, -math.inf, math.inf, -math.inf]}),
        ('{"a": [null, true, false, {}, []]}', {"a": [None, True, False, {}, []]}),
        ('{"a": "\\u0000\\ud83d\\ude00\\u00e9\\"\\\\\\/\\b\\f\\n\\r\\t"}', {"a": '\0\U0001f600é"\\/\b\f\n\r\t'}),
        ('{"a": "x", "b": {"c": 1, "c": 2}}', {"a": "x", "b": Members([("c", 1), ("c", 2)])}),
        ('{"a": 1, "a": 2}', Members([("a", 1), ("a", 2)])),
        ('{"a": {"b": 1}, "a": {"c": ":"}}', Members([("a", {"b": 1}), ("a", {"c": ":"})])),
        ('[{"a": 1}, {"a": 1}]', [{"a": 1}, {"a": 1}]),
        ("5", 5),
    ],
)
def test_a_body_that_is_json(reader: Any, text: str, value: Any) -> None:
    assert plain(reader(text.encode())) == plain(value)


@pytest.mark.parametrize("reader", [read, parse])
@pytest.mark.parametrize("text", ["NaN", "-NaN"])
def test_nan(reader: Any, text: str) -> None:
    assert math.isnan(reader(f'{{"a": {text}}}'.encode())["a"])


@pytest.mark.parametrize("reader", [read, parse])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'"a\xff\xfe"', b"a\xff\xfe"),
        (b'"\xc3"', b"\xc3"),
        (b'"\\udc00"', b"\xed\xb0\x80"),
        (b'"\xc3\xa9"', b"\xc3\xa9"),
    ],
)
def test_the_bytes_of_a_string_are_kept(reader: Any, text: bytes, value: bytes) -> None:
    assert raw(reader(b'{"a":' + text + b"}")["a"]) == value


@pytest.mark.parametrize(
    ("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]"), (b"[", b""), (b'{"a":', b"")]
)
def test_nesting_has_no_limit(opening: bytes, closing: bytes) -> None:
    count = 500_000 // max(len(closing), 1)
    body = b'{"inputs":' + opening * count + (b"1" + closing * count + b"}" if closing else b"")
    if not closing:
        with pytest.raises(JsonError):
            read(body)
        return
    value = read(body)
    assert len(shown(value)) == 256
    depth = 0
    while isinstance(value, list | dict):
        (value,) = value if isinstance(value, list) else value.values()
        depth += 1
    assert (value, depth) == (1, 1 + 500_000)


numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.integers(-(2**66), 2**66),
    st.sampled_from([2**63, 2**64, -(2**63), 10**308, 10**309]),
)
documents = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=8), documents, max_size=4), st.booleans())
def test_the_quick_reader_gives_what_the_exact_parser_gives(document: dict[str, Any], ascii_only: bool) -> None:
    body = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert outcome(read, body) == outcome(parse, body)


pieces = st.sampled_from(
    ["{", "}", "[", "]", ",", ":", '"', '"a"', '"b"', "1", "-", "0", ".", "e", "E+", "308", "309", "999", "NaN", "Inf",
     "inity", "true", "null", " ", "\n", "\\", "\\u",
     "d83d", "de00", "\\n", "\t", "é", "\0", "x", '{"a":', '"}', "0" * 160]
)  # fmt: skip


@settings(max_examples=1000)
@given(st.lists(pieces, max_size=12).map("".join), st.binary(max_size=3))
@example('{"a":"\\ud83d\\ude00"}', b"")
def test_both_readers_agree_on_bodies_that_are_nearly_json(text: str, noise: bytes) -> None:
    for body in (
        text.encode() + noise,
        b'{"a":' + text.encode() + noise,
        b'{"a":[' + text.encode() + b'],"b":{"c":1}}',
    ):
        assert outcome(read, body) == outcome(parse, body)


@given(documents)
def test_any_json_document_is_read_back(document: Any) -> None:
    body = json.dumps({"a": document}).encode("utf-8", "surrogatepass")
    try:
        found = parse(body)
    except JsonError as error:
        assert "surrogate" in str(error) or "too big" in str(error)
        return
    assert plain(found["a"]) == plain(json.loads(body)["a"]) or "\\ud" in body.decode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (12, "12"),
        (1.1, "1.1"),
        (1e10, "1e+10"),
        (0.123456789, "0.123456791"),
        (1e300, "1e+300"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (2**70, "1.18059162e+21"),
        ('a"\n\x01é/', '"a\\"\\n\\u0001é/"'),
        ([], "[]"),
        ({}, "{}"),
        ([1, [2.5, 1e-7, 1e20, 1e21, 123456789012.5, -0.0], {}], "[\n    1,\n    [\n        2.5,\n        1e-7,\n        "
         "100000000000000000000.0,\n        1e21,\n        123456789012.5,\n        -0.0\n    ],\n    {}\n]"),
        ({"a": {"b": []}, "c": None}, '{\n    "a": {\n        "b": []\n    },\n    "c": null\n}'),
        (Members([("a", 1), ("a", 2)]), '{\n    "a": 1,\n    "a": 2\n}'),
        ([1.5, math.nan, 2], "[\n    1.5,\n    "),
    ],
)  # fmt: skip
def test_a_value_in_an_error(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_large_value_is_cut_off() -> None:
    assert len(shown(list(range(1000)))) == 256
    assert len(shown("x" * 1_000_000)) == 256
