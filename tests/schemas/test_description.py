import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.description import Description
from schemas.features import Category, Feature, Image, Number, Text
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression, Task

TITLE = "pipelines.titanic_features:title"
RELATIVES = "pipelines.titanic_features:family"


def described(features: dict[str, Feature], task: Task | None = None) -> Description:
    return Description("ships", task or Regression("y"), features)


def test_a_request_carries_each_declared_column_by_its_kind() -> None:
    features = {"a": Number(), "b": Category(), "c": Text(), "d": Image()}
    assert described(features).raw() == {"a": "number", "b": "string", "c": "string", "d": "image"}


def test_a_derived_feature_is_not_asked_for_but_its_columns_are() -> None:
    assert described({"Title": Category(derived=TITLE, of=("Name",))}).raw() == {"Name": "string"}


@pytest.mark.parametrize("derived_first", [False, True])
def test_a_column_of_a_derived_feature_keeps_its_declared_kind(derived_first: bool) -> None:
    derived = {"Family": Category(derived=RELATIVES, of=("SibSp", "Parch"))}
    declared = {"SibSp": Number()}
    features = derived | declared if derived_first else declared | derived
    assert described(features).raw() == {"SibSp": "number", "Parch": "string"}


@pytest.mark.parametrize(
    "task", [Regression("y"), BinaryClassification("y", ("a", "b")), MulticlassClassification("y", ("a", "b", "c"))]
)
def test_a_description_comes_back_from_its_json(task: Task) -> None:
    features = {"z": Number(missing=1.5), "a": Category(names=("x", "y")), "t": Category(derived=TITLE, of=("Name",))}
    whole = described(features, task)
    back = Description.from_json(whole.to_json())
    assert back == whole
    assert list(back.features) == ["z", "a", "t"]


def test_a_description_with_a_feature_named_type_comes_back() -> None:
    whole = described({"type": Category()})
    assert Description.from_json(whole.to_json()) == whole


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=8, unique=True))
def test_every_column_has_a_tensor_name_of_its_own_that_tensorflow_takes(columns: list[str]) -> None:
    names = Description("x", Regression("y"), {column: Number() for column in columns}).tensors()
    assert list(names) == columns and len(set(names.values())) == len(columns)
    assert all(name.isidentifier() and not keyword.iskeyword(name) and name[0] != "_" for name in names.values())


def test_a_column_that_is_an_identifier_keeps_its_name() -> None:
    features = {name: Number() for name in ("Age", "class", "_x", "1st floor (sq ft)", "self")}
    names = Description("x", Regression("y"), features).tensors()
    assert list(names.values()) == ["Age", "column_class", "column__x", "column_1st_floor__sq_ft_", "column_self"]
