import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.json_record import JsonRecord


@dataclass(frozen=True)
class Leaf(JsonRecord):
    name: str
    value: float | None
    whole: int
    done: bool


@dataclass(frozen=True)
class Tree(JsonRecord):
    leaf: Leaf
    leaves: tuple[Leaf, ...]
    by_name: dict[str, Leaf]
    other: Leaf | None
    names: list[str]
    anything: Any
    later: dict[str, float | None] = field(default_factory=dict)
    label: str | float | None = None


numbers = st.floats(allow_nan=False) | st.integers(-(2**70), 2**70)
leaves = st.builds(Leaf, st.text(), st.none() | numbers, st.integers(), st.booleans())
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
trees = st.builds(
    Tree,
    leaves,
    st.lists(leaves, max_size=3).map(tuple),
    st.dictionaries(st.text(), leaves, max_size=3),
    st.none() | leaves,
    st.lists(st.text(), max_size=3),
    values,
    st.dictionaries(st.text(), st.none() | numbers, max_size=3),
    st.none() | st.text() | numbers,
)
LEAF = {"name": "a", "value": 1.5, "whole": 2, "done": True}


@given(trees)
def test_a_record_comes_back_from_its_json_and_the_json_from_the_record(tree: Tree) -> None:
    text = json.dumps(tree.to_json())
    found = Tree.from_json(json.loads(text))
    assert found == tree and json.dumps(found.to_json()) == text


def test_the_keys_are_the_fields_in_their_order() -> None:
    assert json.dumps(Leaf("a", 1, 2, True).to_json()) == '{"name": "a", "value": 1, "whole": 2, "done": true}'


def test_what_another_version_wrote_is_read() -> None:
    value = {"leaf": LEAF | {"new": 1}, "leaves": [], "by_name": {}, "other": None, "names": [], "anything": 3}
    assert Tree.from_json(value) == Tree(Leaf(**LEAF), (), {}, None, [], 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"leaf": 1}, "Tree.leaf: received 1; an object is expected"),
        ({"leaf": {"name": "a"}}, "Tree.leaf: received an object without 'value'"),
        ({"leaf": LEAF | {"done": 1}}, "Tree.leaf.done: received 1; true or false is expected"),
        ({"leaf": LEAF | {"whole": 1.0}}, "Tree.leaf.whole: received 1.0; a whole number is expected"),
        ({"leaf": LEAF | {"whole": True}}, "Tree.leaf.whole: received True; a whole number is expected"),
        ({"leaf": LEAF | {"value": "x"}}, "Tree.leaf.value: received 'x'; a number is expected"),
        ({"leaf": LEAF | {"value": False}}, "Tree.leaf.value: received False; a number is expected"),
        ({"leaf": LEAF | {"name": None}}, "Tree.leaf.name: received None; text is expected"),
        ({"leaves": [LEAF, []]}, "Tree.leaves[1]: received []; an object is expected"),
        ({"leaves": "text"}, "Tree.leaves: received 'text'; a list is expected"),
        ({"by_name": {"x": 5}}, "Tree.by_name.x: received 5; an object is expected"),
        ({"label": []}, "Tree.label: received []; text or a number is expected"),
        ({"by_name": []}, "Tree.by_name: received []; an object is expected"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(change: dict[str, Any], message: str) -> None:
    value = {"leaf": LEAF, "leaves": [], "by_name": {}, "other": None, "names": [], "anything": None}
    with pytest.raises(ValueError) as caught:
        Tree.from_json(value | change)
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_what_is_no_object_is_no_record(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^Leaf: received "):
        Leaf.from_json(value)
