import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.json_text import RepeatedKeyError, check_keys, loads

KEYS = st.sampled_from(["a", "b", ":", 'q":', "data:x"])
VALUES = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["", ":", '":', "12:30", "a: b"]),
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(KEYS, inner), max_size=3).map(tuple),
    max_leaves=8,
)


def written(value: Any, colon: str) -> str:
    """JSON text of a value in which an object is a tuple of pairs, so that a key can stand twice."""
    if isinstance(value, tuple):
        return "{" + ", ".join(f"{json.dumps(key)}{colon}{written(part, colon)}" for key, part in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(part, colon) for part in value) + "]"
    return json.dumps(value)


def repeats(value: Any) -> bool:
    if isinstance(value, tuple):
        keys = [key for key, _ in value]
        return len(set(keys)) < len(keys) or any(repeats(part) for _, part in value)
    return isinstance(value, list) and any(map(repeats, value))


@given(VALUES, st.sampled_from([":", ": ", " :", "\n\t: "]))
@example((("a", 1), ("a", 2)), " : ")
@example((("a", ":"), ("a", ":")), ":")
@example([(("a", (("b", 1), ("b", 1))),)], ":")
def test_a_repeated_key_is_found_wherever_it_is_and_nothing_else(value: Any, colon: str) -> None:
    text = written(value, colon)
    for read in (lambda: check_keys(text.encode(), orjson.loads(text)), lambda: loads(text)):
        if repeats(value):
            with pytest.raises(RepeatedKeyError, match="stands twice in an object; give each once"):
                read()
        else:
            read()


def test_the_key_is_named() -> None:
    with pytest.raises(RepeatedKeyError, match="the key 'Age' stands twice"):
        loads('{"input": {"Sex": "male", "Age": 1, "Age": 2}}')


def test_numbers_that_python_does_not_read_are_no_matter() -> None:
    text = b'{"a": ":", "b": ' + b"1" * 5000 + b".0}"
    check_keys(text, {"a": ":", "b": 1.0})
