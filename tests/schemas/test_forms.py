"""The forms of cells: one canonical text, whatever way a value is written; what has not the form is refused."""

import json
import math
import re
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import columns, features, forms, request
from schemas.columns import CellError, Label
from schemas.features import Category, Feature, Geo, Number, Set, Timestamp, Vector
from schemas.forms import DegreesForm, ExactForm, Form, FormError, SetForm, TimestampForm, VectorForm
from schemas.model_card import ModelCard
from schemas.request_schema import columns as schema_columns
from schemas.request_schema import input_schema

FORMS: list[Form] = [
    TimestampForm(), TimestampForm("unix"), TimestampForm("unix_ms"), TimestampForm("%d.%m.%Y %H:%M"), ExactForm(),
    SetForm("|"), SetForm(", "), VectorForm(1), VectorForm(3),
]  # fmt: skip
EPOCH = datetime(1970, 1, 1)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda one: st.lists(one, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_card_carries_a_form(form: Form) -> None:
    spec = json.loads(json.dumps({"type": "string", "tensor": "x", **form.spec()}))
    assert forms.of_spec(spec) == form
    assert forms.of_spec({"type": "number", **DegreesForm("latitude").spec()}) == DegreesForm("latitude")
    assert forms.of_spec({"type": "string"}) is None


@pytest.mark.parametrize("form", FORMS, ids=str)
@given(value=ANY_JSON)
def test_any_value_has_one_canonical_text_or_is_refused(form: Form, value: Any) -> None:
    try:
        text = form.canonical(value)
    except FormError as error:
        assert "expected" in str(error)
        return
    assert form.canonical(text) == text
    assert form.canonical(form.value(text)) == text


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_example_has_the_form_and_fits_its_schema(form: Form) -> None:
    text = form.canonical(form.example)
    for value in (form.example, form.value(text), text, None):
        jsonschema.Draft202012Validator(form.schema()).validate(value)
    assert form.canonical(None) == form.canonical("") == form.canonical(" ") == ""


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_iso_times_become_utc(moment: datetime, minutes: int) -> None:
    form = TimestampForm()
    assert form.canonical(moment.isoformat()) == form.canonical(moment.isoformat(" ")) == moment.isoformat()
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    try:
        expected = zoned.astimezone(UTC).replace(tzinfo=None).isoformat()
    except OverflowError:
        with pytest.raises(FormError):
            form.canonical(zoned.isoformat())
    else:
        assert form.canonical(zoned.isoformat()) == expected


@given(st.datetimes())
def test_unix_times_are_read_to_the_microsecond(moment: datetime) -> None:
    passed = (moment - EPOCH) // timedelta(microseconds=1)
    assert TimestampForm("unix").canonical(str(Decimal(passed) / 1_000_000)) == moment.isoformat()
    assert TimestampForm("unix_ms").canonical(str(Decimal(passed) / 1000)) == moment.isoformat()
    seconds = passed // 1_000_000
    assert TimestampForm("unix").canonical(seconds) == moment.replace(microsecond=0).isoformat()


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        (TimestampForm(), "2024-12-31", "2024-12-31T00:00:00"),
        (TimestampForm(), "2024-12-31T18:30:00Z", "2024-12-31T18:30:00"),
        (TimestampForm("%d.%m.%Y %H:%M"), "31.12.2024 18:30", "2024-12-31T18:30:00"),
        (TimestampForm("%Y-%m-%d %H:%M%z"), "2024-12-31 18:30+0100", "2024-12-31T17:30:00"),
        (TimestampForm("unix"), 1.7e9, "2023-11-14T22:13:20"),
        (TimestampForm("unix"), "1.7E+09", "2023-11-14T22:13:20"),
        (TimestampForm("unix_ms"), "1700000000250", "2023-11-14T22:13:20.250000"),
        (ExactForm(), " +001700000000.50 ", "1700000000.5"),
        (ExactForm(), 2**63 - 1, str(2**63 - 1)),
        (ExactForm(), 1.7e9, "1700000000"),
        (ExactForm(), "1.5e3", "1500"),
        (ExactForm(), "-0.0", "0"),
        (ExactForm(), "-0.25", "-0.25"),
        (ExactForm(), "NaN", ""),
        (SetForm("|"), "red| blue|red||", "blue|red"),
        (SetForm("|"), '["red", "blue"]', "blue|red"),
        (SetForm("|"), ["red", "blue", 3, None], "3|blue|red"),
        (SetForm("|"), [], ""),
        (SetForm("|"), "[draft|new", "[draft|new"),
        (VectorForm(3), [1, 2.5, -3e-7], "1 2.5 -3.00000011e-07"),
        (VectorForm(3), "[1.0, 2, 3]", "1 2 3"),
        (VectorForm(3), "1;2; 3", "1 2 3"),
        (VectorForm(3), "[1. 2. 3.]", "1 2 3"),
    ],
)  # fmt: skip
def test_what_people_write_is_read(form: Form, value: Any, text: str) -> None:
    assert form.canonical(value) == text


@pytest.mark.parametrize(
    ("form", "value", "received", "allowed"),
    [
        (TimestampForm(), "31.12.2024", None, "a timestamp in ISO 8601 is expected, such as '2024-12-31T18:30:00'"),
        (TimestampForm(), True, None, "ISO 8601"),
        (TimestampForm("%d.%m.%Y"), "12/31/24", None, "format '%d.%m.%Y' or in ISO 8601 is expected, such as '31.12.2024'"),
        (TimestampForm("unix"), "yesterday", None, "in seconds since 1970 is expected, such as 1735669800"),
        (TimestampForm("unix"), 1e300, None, "seconds"),
        (TimestampForm("unix_ms"), [1], None, "milliseconds"),
        (ExactForm(), "12,5", None, "a number from -2**63 to 2**63 - 1"),
        (ExactForm(), 2**63, None, "2**63 - 1"),
        (ExactForm(), "0.12345678", None, "at most 7 digits after the point"),
        (ExactForm(), "1e99", None, "2**63"),
        (SetForm("|"), ["a|b"], None, "names without the separator '|'"),
        (SetForm("|"), [1.5], None, "a list of names (strings)"),
        (SetForm("|"), ['["a"]'], None, "no JSON arrays"),
        (VectorForm(3), [1, 2], "2 numbers", "a list of 3 finite numbers is expected"),
        (VectorForm(3), "4", "1 number", "a list of 3"),
        (VectorForm(3), [], "0 numbers", "a list of 3"),
        (VectorForm(3), [1, None, 3], "a list with 'None' in it", "finite"),
        (VectorForm(3), "1 two 3", "a list with 'two' in it", "finite"),
        (VectorForm(3), [1, "2", 3], "a list with '2' in it", "finite"),
        (VectorForm(3), [1, 1e39, 3], None, "float32"),
        (VectorForm(3), {"a": 1}, None, "a list of 3"),
    ],
)  # fmt: skip
def test_what_has_not_the_form_is_refused(form: Form, value: Any, received: str | None, allowed: str) -> None:
    with pytest.raises(FormError) as caught:
        form.canonical(value)
    assert allowed in str(caught.value)
    assert caught.value.received == received


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
def test_vectors_keep_every_float32(numbers: list[float]) -> None:
    text = VectorForm(3).canonical(numbers)
    assert struct.pack("<3f", *map(float, text.split())) == struct.pack("<3f", *numbers)


@pytest.mark.parametrize(
    ("feature", "field"),
    [
        (Timestamp(format="%H:%M"), "format"),
        (Timestamp(format="tomorrow"), "format"),
        (Timestamp(format=3), "format"),  # type: ignore[arg-type]
        (Timestamp(parts=()), "parts"),
        (Timestamp(parts=("century",)), "parts"),
        (Timestamp(parts=("year", "year")), "parts"),
        (Timestamp(derived="a:b", of=("x",)), "derived"),
        (Set(separator=""), "separator"),
        (Set(names=("a|b",)), "names"),
        (Set(length=0), "length"),
        (Vector(length=0), "length"),
        (Vector(length=3, scale="log"), "scale"),
        (Geo(of=("lat",)), "of"),
        (Geo(), "of"),
        (Geo(of=("lat", "lat")), "of"),
        (Category(hash=1), "hash"),
        (Category(hash=10, names=("a",)), "names"),
        (Number(exact=True, scale="log"), "scale"),
        (Number(exact=True, buckets=3), "buckets"),
        (Number(exact=True, missing=0), "missing"),
    ],
)  # fmt: skip
def test_a_feature_finds_its_own_mistakes(feature: Feature, field: str) -> None:
    assert field in [problem.field for problem in feature.problems()]


@pytest.mark.parametrize(
    "feature",
    [
        Timestamp(), Timestamp(format="unix"), Timestamp(format="%d.%m.%Y %H:%M"), Timestamp(format="%Y%m%dT%H%M%S%z"), Set(),
        Set(separator=", ", names=("a", "b")), Vector(length=384), Geo(of=("lat", "lon")), Category(hash=1000),
        Number(exact=True, indicator=True),
    ],
)  # fmt: skip
def test_a_feature_that_is_right_has_no_problem(feature: Feature) -> None:
    assert list(feature.problems()) == []


@pytest.mark.parametrize(
    ("form", "cells", "expected"),
    [
        (TimestampForm(), [b"2024-05-01", None, b" 2024-05-01 "], [b"2024-05-01T00:00:00", None, b"2024-05-01T00:00:00"]),
        (SetForm("|"), [b"b|a", b"a|b", b"|"], [b"a|b", b"a|b", None]),
        (VectorForm(2), [b"[1, 2]", None], [b"1 2", None]),
        (ExactForm(), [b"1.50", b"nan"], [b"1.5", None]),
    ],
)  # fmt: skip
def test_a_column_becomes_canonical(form: Form, cells: list[bytes | None], expected: list[bytes | None]) -> None:
    found = columns.convert(pa.array(cells, pa.binary()), "string", Label("y", None), form)
    assert found.equals(pa.array(expected, pa.binary()))


@pytest.mark.parametrize(
    ("values", "form", "expected"),
    [
        (pa.array([datetime(2024, 5, 1, 12)], pa.timestamp("ms", "UTC")), TimestampForm(), b"2024-05-01T12:00:00"),
        (pa.array([datetime(2024, 5, 1).date()]), TimestampForm(), b"2024-05-01T00:00:00"),
        (pa.array([1_700_000_000.25]), TimestampForm("unix"), b"2023-11-14T22:13:20.250000"),
        (pa.array([["b", "a|c".replace("|", "/")]]), SetForm("|"), b"a/c|b"),
        (pa.array([[1.5, 2]], pa.list_(pa.float32(), 2)), VectorForm(2), b"1.5 2"),
        (pa.array([2**62 + 1]), ExactForm(), str(2**62 + 1).encode()),
    ],
)  # fmt: skip
def test_typed_columns_become_canonical(values: pa.Array, form: Form, expected: bytes) -> None:
    assert columns.convert(values, "string", Label("y", None), form).to_pylist() == [expected]


def test_the_first_cell_without_the_form_is_named() -> None:
    cells = pa.array([b"2024-05-01", None, b"2024-05-01", b"01.05.2024", b"02.05.2024"], pa.binary())
    with pytest.raises(CellError, match=r"received '01.05.2024'; a timestamp in ISO 8601 is expected") as caught:
        columns.convert(cells, "string", Label("y", None), TimestampForm())
    assert caught.value.row == 3
    degrees = pa.array([b"", b"-90", b"90.5"], pa.binary())
    with pytest.raises(CellError, match=r"received 90.5; a latitude from -90 to 90 degrees is expected") as caught:
        columns.convert(degrees, "number", Label("y", None), DegreesForm("latitude"))
    assert caught.value.row == 2


INPUTS = {
    "when": {"type": "string", "tensor": "when", "form": "timestamp", "format": "%d.%m.%Y"},
    "tags": {"type": "string", "tensor": "tags", "form": "set", "separator": "|"},
    "vector": {"type": "string", "tensor": "vector", "form": "vector", "length": "3"},
    "id": {"type": "string", "tensor": "id", "form": "exact"},
    "lat": {"type": "number", "tensor": "lat", "form": "latitude"},
}
EXAMPLE = {"when": "2024-12-31T00:00:00", "tags": ["a"], "vector": [1.0, 2.0, 3.0], "id": 7, "lat": 47.5}


@pytest.fixture
def card(make_card: Callable[..., ModelCard]) -> ModelCard:
    return make_card(inputs=INPUTS, example=EXAMPLE, reading={"missing": ["", "n/a"]})


def test_a_request_is_read_to_canonical_texts(card: ModelCard) -> None:
    sent = {"when": "31.12.2024", "tags": ["b", "a"], "vector": [1, 2, 3], "id": 2**62 + 1, "lat": -90}
    read = {"when": "2024-12-31T00:00:00", "tags": "a|b", "vector": "1 2 3", "id": str(2**62 + 1), "lat": -90.0}
    assert request.parse(card, sent) == read
    assert request.parse(card, read) == read  # as a row of the test split is asked
    missing = request.parse(card, {"when": "n/a", "tags": None, "vector": " "})
    assert [missing[name] for name in ("when", "tags", "vector", "id")] == [""] * 4
    assert math.isnan(float(missing["lat"]))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"when": "12/31/2024"}, "field 'when': received '12/31/2024'; a timestamp in the format '%d.%m.%Y' or in ISO 8601"),
        ({"tags": {"a": 1}}, "field 'tags': received {'a': 1}; names divided by '|', or a list of names, is expected"),
        ({"tags": ["\ud800"]}, "UTF-8"),
        ({"when": "\ud800"}, "UTF-8"),
        ({"vector": [1, 2]}, "field 'vector': received 2 numbers; a list of 3 finite numbers is expected"),
        ({"id": 2**63}, "field 'id': received 9223372036854775808; a number from -2**63"),
        ({"lat": 90.5}, "field 'lat': received 90.5; a latitude from -90 to 90 degrees is expected, such as 47.5"),
        ({"lat": "x"}, "a finite number"),
    ],
)  # fmt: skip
def test_a_request_without_the_form_is_refused_by_field(card: ModelCard, value: dict[str, Any], words: str) -> None:
    with pytest.raises(request.RequestError) as caught:
        request.parse(card, value)
    assert words in str(caught.value)
    (field,) = value
    assert (caught.value.field, caught.value.example) == (field, EXAMPLE[field])


def test_the_schema_of_a_request_shows_the_forms(card: ModelCard) -> None:
    whole = input_schema(card)
    jsonschema.Draft202012Validator(whole).validate(EXAMPLE)
    shown = schema_columns(whole)
    assert shown["vector"]["minItems"] == shown["vector"]["maxItems"] == 3
    assert "array" in shown["tags"]["type"]
    assert shown["lat"]["maximum"] == 90
    assert "%d.%m.%Y" in shown["when"]["description"]
    for bad in ({"vector": [1, 2]}, {"lat": 91}, {"tags": [1.5]}):
        assert not jsonschema.Draft202012Validator(whole).is_valid(bad)


def test_the_features_of_the_documentation_are_right() -> None:
    text = (Path(__file__).parents[2] / "docs" / "pages.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\nfeatures = (\{.*?\n\})\n```", text, re.DOTALL)
    shown = eval(block, vars(features))
    assert {type(one) for one in shown.values()} == {Timestamp, Number, Set, Vector, Geo, Category}
    assert [problem for one in shown.values() for problem in one.problems()] == []
