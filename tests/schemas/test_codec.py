import dataclasses
import json
import typing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from schemas.features import Category, Image, Number, Text
from schemas.models import Convolutional, Custom, NGrams, Sequence, Tabular
from schemas.slices import Buckets
from schemas.sources import Columns, Csv, Digits, File, IdxImages, ImageFolder, ReutersSgml, TextTar
from schemas.splits import Splits
from schemas.submission import Submission
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression
from schemas.training import Training

DESCRIPTIONS = (
    *(Number, Category, Text, Image),
    *(Tabular, Convolutional, Sequence, NGrams, Custom, Training),
    *(Csv, Columns, Digits, File, IdxImages, ImageFolder, TextTar, ReutersSgml),
    *(Splits, Buckets, Submission),
    *(BinaryClassification, MulticlassClassification, Regression),
)
# Any value of the field's type, sensible or not: the codec does not judge. NaN is left out because NaN != NaN.
VALUES = {
    str: st.text(),
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False),
    str | None: st.none() | st.text(),
    str | float: st.text() | st.floats(allow_nan=False),
    tuple[str, ...]: st.lists(st.text()).map(tuple),
    tuple[int, ...]: st.lists(st.integers()).map(tuple),
    tuple[float, float] | None: st.none() | st.tuples(*[st.floats(allow_nan=False)] * 2),
    tuple[float, ...]: st.lists(st.floats(allow_nan=False)).map(tuple),
    File: st.builds(File, st.text(), st.none() | st.text()),
}
NAMES_LIKE_TAGS = st.sampled_from(["type", "@type", "@@type", "@", "@id", "label"])


def any_of(kind: type) -> st.SearchStrategy[object]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: VALUES[hints[field.name]] for field in dataclasses.fields(kind)})


@given(st.one_of(*map(any_of, DESCRIPTIONS)))
def test_a_description_comes_back_as_it_was(value: object) -> None:
    assert codec.decode(codec.encode(value)) == value
    assert codec.loads(codec.dumps(value)) == value


@given(st.dictionaries(st.text() | NAMES_LIKE_TAGS, st.one_of(*map(any_of, DESCRIPTIONS))))
def test_a_mapping_of_descriptions_comes_back_in_the_same_order(value: dict[str, object]) -> None:
    back = codec.loads(codec.dumps(value))
    assert back == value
    assert list(back) == list(value)


@pytest.mark.parametrize("name", ["type", "@type", "@@type"])
@pytest.mark.parametrize("value", [Category(), "string", "Category", {"@type": "Category"}])
def test_a_feature_or_a_column_may_be_named_as_a_tag(name: str, value: object) -> None:
    assert codec.loads(codec.dumps({name: value, "b": 1})) == {name: value, "b": 1}


def test_a_list_comes_back_as_a_tuple() -> None:
    assert codec.decode(codec.encode({"a": [1, [2, None]]})) == {"a": (1, (2, None))}


def test_an_object_is_json_with_its_type_beside_its_fields() -> None:
    expected = {"@type": "Regression", "label": "medv", "weight": 1.0, "log": False, "quantiles": None}
    assert json.loads(codec.dumps(Regression("medv"))) == expected


def test_the_text_is_one_line_and_keeps_other_scripts() -> None:
    text = codec.dumps(Category(names=("Größe", "two\nlines")))
    assert "\n" not in text
    assert "Größe" in text


@dataclasses.dataclass
class Stranger:
    value: int = 1


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}, Path("file"), Stranger(), 1j, {1: 2}])
def test_an_unknown_object_raises_a_type_error_that_names_it(value: object) -> None:
    with pytest.raises(TypeError, match=f"cannot encode .*{type(value).__name__}"):
        codec.encode({"deep": [value]})


def test_a_field_that_a_class_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        codec.loads('{"@type": "Image", "colour": 3}')


@pytest.mark.parametrize("tag", ['"Picture"', "null", "[]", "{}"])
def test_an_unknown_type_is_refused(tag: str) -> None:
    with pytest.raises(TypeError, match=r"cannot decode @type .*; known are .*Image"):
        codec.loads(f'{{"@type": {tag}}}')


def test_what_an_older_version_wrote_is_completed_with_the_defaults() -> None:
    now = codec.encode({"features": {"Age": Number(missing="median"), "@": Category()}, "model": Tabular(hidden=(8,))})
    older = codec.encode(
        {"features": {"Age": Number(missing="median"), "@": Category()}, "model": Tabular(hidden=(8,))}
    )
    del older["features"]["Age"]["exact"], older["features"]["@@"]["hash"], older["model"]["periodic"]
    assert older != now and codec.completed(older) == now and codec.completed(now) == now


def test_what_this_version_cannot_decode_stays_as_it_is() -> None:
    older = codec.encode(Number())
    del older["exact"]
    unknown = {"@type": "Number", "colour": 1}
    assert codec.completed({"a": unknown, "b": older, "c": [1]}) == {
        "a": unknown,
        "b": codec.encode(Number()),
        "c": [1],
    }
