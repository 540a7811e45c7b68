import math

import pytest

from schemas.features import Category, Excluded, Feature, Image, Number, Text
from schemas.problems import Problem

OWN_BUCKET = "False: with buckets a missing value has a bucket of its own"
FILLS = "one of mean, median, zero, or a number"
SIDE = "a whole number from 1 to 4096"
ONE_OR_MORE = "a whole number of at least 1"


@pytest.mark.parametrize(
    "feature",
    [
        Number(),
        Number(missing="median", scale="log"),
        Number(missing="zero", scale="min_max"),
        Number(missing=-1.5, scale="none"),
        Number(missing=0),
        Category(),
        Category(vocabulary=1, min_count=1, names=("a", "b")),
        Text(vocabulary=1, length=1),
        Image(height=1, width=4096, channels=3),
        Number(indicator=True),
        Number(buckets=2),
        Number(buckets=1000),
        Text(encoding="multi_hot", ngrams=5, markup=True),
        Text(encoding="tf_idf", ngrams=2),
        Category(derived="pipelines.titanic_features:title", of=("Name",)),
        Number(derived="module:function", of=("a", "b")),
    ],
)
def test_a_sound_feature_has_no_problems(feature: Feature) -> None:
    assert list(feature.problems()) == []


@pytest.mark.parametrize(
    ("feature", "field", "received", "allowed"),
    [
        (Number(missing="mode"), "missing", "mode", FILLS),
        (Number(missing=""), "missing", "", FILLS),
        (Number(missing=math.nan), "missing", math.nan, "a number"),
        (Number(missing=math.inf), "missing", math.inf, "a number"),
        (Number(missing=True), "missing", True, "a number"),
        (Number(missing=None), "missing", None, "a number"),
        (Number(scale="standard"), "scale", "standard", "one of z_score, log, min_max, none"),
        (Number(scale=None), "scale", None, "one of z_score, log, min_max, none"),
        (Number(indicator=1), "indicator", 1, "True or False"),
        (Number(buckets=1), "buckets", 1, "at least two, or 0 for none"),
        (Number(buckets=-1), "buckets", -1, "a whole number from 0 to 1000"),
        (Number(buckets=1001), "buckets", 1001, "a whole number from 0 to 1000"),
        (Number(buckets=2.0), "buckets", 2.0, "a whole number from 0 to 1000"),
        (Number(buckets=2, indicator=True), "indicator", True, OWN_BUCKET),
        (Text(encoding="bag"), "encoding", "bag", "one of ids, multi_hot, tf_idf"),
        (Text(ngrams=2), "ngrams", 2, "1, or encoding='multi_hot' or 'tf_idf'"),
        (Text(encoding="tf_idf", ngrams=6), "ngrams", 6, "a whole number from 1 to 5"),
        (Text(encoding="tf_idf", ngrams=0), "ngrams", 0, "a whole number from 1 to 5"),
        (Text(markup="html"), "markup", "html", "True or False"),
        (Category(vocabulary=0), "vocabulary", 0, ONE_OR_MORE),
        (Category(vocabulary=10.0), "vocabulary", 10.0, ONE_OR_MORE),
        (Category(min_count=0), "min_count", 0, ONE_OR_MORE),
        (Category(min_count=True), "min_count", True, ONE_OR_MORE),
        (Category(names=["a"]), "names", ["a"], "a tuple of strings"),
        (Category(names=("a", "a")), "names", ("a", "a"), "each of them once"),
        (Category(names=("a", 1)), "names", ("a", 1), "a tuple of strings"),
        (Text(vocabulary=-5), "vocabulary", -5, ONE_OR_MORE),
        (Text(length=0), "length", 0, ONE_OR_MORE),
        (Text(length="200"), "length", "200", ONE_OR_MORE),
        (Image(height=0), "height", 0, SIDE),
        (Image(height=4097), "height", 4097, SIDE),
        (Image(width=0), "width", 0, SIDE),
        (Image(width=28.0), "width", 28.0, SIDE),
        (Image(channels=2), "channels", 2, "1 (grey) or 3 (RGB)"),
        (Image(channels=4), "channels", 4, "1 (grey) or 3 (RGB)"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    feature: Feature, field: str, received: object, allowed: str
) -> None:
    assert list(feature.problems()) == [Problem(field, received, allowed)]


@pytest.mark.parametrize("kind", [Number, Category, Text, Image])
@pytest.mark.parametrize("path", ["title", "module:", ":function", "module.function", "module:a.b", "a b:c", "", 5])
def test_a_derived_feature_names_a_function(kind: type[Feature], path: object) -> None:
    assert list(kind(derived=path, of=("Name",)).problems()) == [Problem("derived", path, "'module:function'")]


@pytest.mark.parametrize("kind", [Number, Category, Text, Image])
def test_a_derived_feature_names_the_columns_it_takes(kind: type[Feature]) -> None:
    assert list(kind(derived="m:f").problems()) == [Problem("of", (), "at least 1 of them")]
    assert list(kind(derived="m:f", of="Name").problems()) == [Problem("of", "Name", "a tuple of strings")]
    assert list(kind(derived="m:f", of=("a", "a")).problems()) == [Problem("of", ("a", "a"), "each of them once")]


@pytest.mark.parametrize("kind", [Number, Category, Text, Image])
def test_columns_without_a_function_are_a_problem(kind: type[Feature]) -> None:
    sentence = "it together with derived='module:function'"
    assert list(kind(of=("Name",)).problems()) == [Problem("of", ("Name",), sentence)]


@pytest.mark.parametrize(
    ("excluded", "field", "received", "allowed"),
    [
        (Excluded("race", "It is unfair."), "feature", "race", "a feature, such as Number() or Category()"),
        (Excluded(Number, "It is unfair."), "feature", Number, "a feature, such as Number() or Category()"),
        (Excluded(Text(length=0), "It is unfair."), "length", 0, ONE_OR_MORE),
        (Excluded(Category(), ""), "why", "", "a string that is not empty"),
        (Excluded(Category(), None), "why", None, "a string that is not empty"),
    ],
)
def test_a_left_out_feature_is_sound_and_says_why(
    excluded: Excluded, field: str, received: object, allowed: str
) -> None:
    assert list(excluded.problems()) == [Problem(field, received, allowed)]
    assert list(Excluded(Category(), "It is unfair.").problems()) == []


def test_declared_names_need_no_values() -> None:
    needing = [feature for feature in (Number(), Category(), Text(), Image()) if feature.needs_values]
    assert needing == [Number(), Category(), Text(), Image()]
    assert not Category(names=("a", "b")).needs_values


def test_every_wrong_field_is_a_problem_of_its_own() -> None:
    fields = [problem.field for problem in Image(height=0, width=0, channels=0).problems()]
    assert fields == ["height", "width", "channels"]


def test_a_kind_says_how_its_column_is_read() -> None:
    assert [kind.raw for kind in (Number, Category, Text, Image)] == ["number", "string", "string", "image"]


@pytest.mark.parametrize("channels", [True, 1.0, "1", None, [1]])
def test_the_number_of_channels_is_a_whole_number(channels: object) -> None:
    assert list(Image(channels=channels).problems()) == [Problem("channels", channels, "1 (grey) or 3 (RGB)")]
