"""Arrow's own types become the text that a CSV file would have, and numbers without going through text."""

import datetime
import decimal
import json
import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import columns
from schemas.columns import CellError, Label
from schemas.columns.typed import to_text, without

NO_LABEL = Label("y", None)
CLASSES = Label("y", ("died", "survived"))
UTC = datetime.UTC
FINITE = "a finite number (up to 3.4e38, float32)"


def texts(values: pa.Array) -> list[str | None]:
    found = to_text(values)
    assert found.type == pa.binary()
    return [None if cell is None else cell.decode() for cell in found.to_pylist()]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1, -2, None]), ["1", "-2", None]),
        (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
        (pa.array([1.0, 2.5, math.nan, None, -0.0, 1e15, 1e300]), ["1", "2.5", None, None, "0", "1000000000000000", "1e+300"]),
        (pa.array([0.1], pa.float32()), ["0.1"]),
        (pa.array([0.1, math.nan], pa.float32()).cast(pa.float16()), ["0.099975586", None]),
        (pa.array(["é", "", None], pa.string_view()), ["é", "", None]),
        (pa.array([b"a", None], pa.binary_view()), ["a", None]),
        (pa.array([["a", None]], pa.list_(pa.string_view())), ['["a",null]']),
        (pa.array([True, False, None]), ["true", "false", None]),
        (pa.array([decimal.Decimal("1.50")]), ["1.50"]),
        (pa.array(["é", "", None], pa.large_string()), ["é", "", None]),
        (pa.array([b"a"], pa.binary(1)), ["a"]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
        (pa.array([None, None]), [None, None]),
        (pa.array([datetime.date(2024, 1, 2)]), ["2024-01-02"]),
        (pa.array([datetime.date(2024, 1, 2)], pa.date64()), ["2024-01-02"]),
        (pa.array([datetime.time(1, 2, 3)]), ["01:02:03"]),
        (pa.array([datetime.timedelta(seconds=1.5)]), ["1.5"]),
        (pa.array([["a", 'say "x"\n', None], [], None]), ['["a","say \\"x\\"\\n",null]', "[]", None]),
        (pa.array([[1.0, 2.5, math.nan], None], pa.list_(pa.float32(), 3)), ["[1,2.5,null]", None]),
        (pa.array([[1, 2]], pa.large_list(pa.int64())), ["[1,2]"]),
        (pa.array([[[1], [2, 3]]]), ["[[1],[2,3]]"]),
        (pa.array([[b"a", b"b"]]), ['["a","b"]']),
        (pa.array([[True]]), ["[true]"]),
        (pa.array([[datetime.date(2024, 1, 2)]]), ['["2024-01-02"]']),
        (pa.array([{"a": 1, "b": "x"}, None]), ['{"a":1,"b":"x"}', None]),
    ],
)  # fmt: skip
def test_each_type_has_its_text(values: pa.Array, expected: list[str | None]) -> None:
    assert texts(values) == expected
    around = pa.concat_arrays([values, values, values])
    assert texts(around.slice(len(values), len(values))) == expected, "a part of a column"


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_are_iso_8601(unit: str) -> None:
    moment = datetime.datetime(2024, 3, 1, 12, 30, 5)
    assert texts(pa.array([moment, None], pa.timestamp(unit))) == ["2024-03-01T12:30:05", None]
    zoned = pa.array([moment.replace(tzinfo=UTC)], pa.timestamp(unit, "UTC")).cast(pa.timestamp(unit, "Europe/Berlin"))
    assert texts(zoned) == ["2024-03-01T12:30:05Z"]


@given(st.lists(st.none() | st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1))))
def test_times_read_back_as_they_were(moments: list[datetime.datetime | None]) -> None:
    found = texts(pa.array(moments, pa.timestamp("us")))
    assert [None if text is None else datetime.datetime.fromisoformat(text) for text in found] == moments


@given(st.lists(st.none() | st.floats(allow_infinity=False)))
def test_floats_read_back_as_they_were(values: list[float | None]) -> None:
    found = [None if text is None else float(text) for text in texts(pa.array(values, pa.float64()))]
    assert found == [None if value is None or math.isnan(value) else value for value in values]


@given(st.lists(st.none() | st.integers(-(2**53), 2**53)))
def test_whole_floats_have_the_text_of_integers(values: list[int | None]) -> None:
    """pandas turns integers into floats where one is missing: the category is to be the same one."""
    assert texts(pa.array(values, pa.float64())) == texts(pa.array(values, pa.int64()))


ELEMENTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.none() | st.lists(ELEMENTS)))
def test_lists_of_texts_are_json(values: list[list[str | None] | None]) -> None:
    found = texts(pa.array(values, pa.list_(pa.string())))
    assert [None if text is None else json.loads(text) for text in found] == values


@given(st.lists(st.none() | st.lists(st.none() | st.floats(allow_infinity=False, allow_nan=False))))
def test_lists_of_numbers_are_json(values: list[list[float | None] | None]) -> None:
    found = texts(pa.array(values, pa.list_(pa.float64())))
    assert [None if text is None else json.loads(text) for text in found] == values


def test_bytes_in_a_list_that_are_not_utf_8_are_refused_by_row() -> None:
    with pytest.raises(CellError, match=r"received bytes b'\\xff' in a list") as caught:
        to_text(pa.array([[b"a"], [], None, [b"a", b"\xff"], [b"\xfe"]]))
    assert caught.value.row == 3


def test_missing_cells_of_every_type_are_null() -> None:
    missing = ("", "NA", "-999")
    assert without(pa.array(["NA", "", "x"]), missing).to_pylist() == [None, None, "x"]
    assert without(pa.array([b"NA", b"x"]), missing).to_pylist() == [None, b"x"]
    assert without(pa.array([-999, 1]), missing).to_pylist() == [None, 1]
    assert without(pa.array([-999.0, 1.5]), missing).to_pylist() == [None, 1.5]
    assert without(pa.array(["NA", "", "x"], pa.string_view()), missing).to_pylist() == [None, None, "x"]
    assert without(pa.array([b"NA", b"x"], pa.binary_view()), missing).to_pylist() == [None, b"x"]
    assert without(pa.array([-999, 1.5]).cast(pa.float16()), missing).to_pylist() == [None, 1.5]
    assert without(pa.array([["NA"]]), missing).to_pylist() == [["NA"]]
    assert without(pa.array([datetime.date(2024, 1, 2)]), missing).to_pylist() == [datetime.date(2024, 1, 2)]


@given(st.lists(st.none() | st.text(max_size=3)), st.sampled_from([pa.string(), pa.large_string()]), st.data())
def test_missing_cells_of_a_part_of_a_column_are_null(
    values: list[str | None], kind: pa.DataType, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(values)))
    part = without(pa.array(values, kind).slice(start), ("", "0"))
    part.validate(full=True)
    assert part.to_pylist() == [None if value in ("", "0") else value for value in values[start:]]


@given(st.lists(st.none() | st.floats(width=32, allow_infinity=False)))
def test_numbers_are_as_those_of_text(values: list[float | None]) -> None:
    direct = columns.convert(pa.array(values, pa.float64()), "number", NO_LABEL)
    assert direct.type == pa.float32()
    assert direct.equals(columns.convert(to_text(pa.array(values, pa.float64())), "number", NO_LABEL))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1, None], pa.int64()), [1.0, None]),
        (pa.array([True, False]), [1.0, 0.0]),
        (pa.array([decimal.Decimal("1.5")]), [1.5]),
        (pa.array(["1.5", ""]), [1.5, None]),
        (pa.array([1, None]).dictionary_encode(), [1.0, None]),
        (pa.array([None], pa.null()), [None]),
    ],
)
def test_numbers_of_other_types(values: pa.Array, expected: list[float | None]) -> None:
    assert columns.convert(values, "number", NO_LABEL).to_pylist() == expected


@pytest.mark.parametrize("values", [[1.0, None, math.nan, 1e39, math.inf], [1.0, None, None, -math.inf]])
def test_a_number_that_is_infinite_is_refused_by_row(values: list[float | None]) -> None:
    with pytest.raises(CellError) as caught:
        columns.convert(pa.array(values), "number", NO_LABEL)
    assert (caught.value.row, caught.value.reason) == (3, f"received {values[3]!r}; {FINITE} is expected")


def test_a_time_is_no_number() -> None:
    with pytest.raises(CellError, match=r"received '2024-01-02T00:00:00'; a number is expected"):
        columns.convert(pa.array([datetime.datetime(2024, 1, 2)]), "number", NO_LABEL)


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["survived", "died"]), pa.array([1, 0]), pa.array([True, False]), pa.array([1.0, 0.0]), pa.array(["1", "0"]),
    ],
)  # fmt: skip
def test_labels_of_every_type(values: pa.Array) -> None:
    assert columns.convert(values, "label", CLASSES).to_pylist() == [1, 0]


def test_booleans_are_classes_of_their_own_name() -> None:
    label = Label("y", ("true", "false"))
    assert columns.convert(pa.array([True, False]), "label", label).to_pylist() == [0, 1]


@pytest.mark.parametrize(
    ("values", "log", "row", "reason"),
    [
        ([1.0, None], False, 1, "received no value; a number is expected"),
        ([1.0, math.nan], False, 1, "received no value; a number is expected"),
        ([1.0, -1.0, None], True, 1, "received -1.0; 0 or more is expected, as its logarithm is learned"),
        ([1.0, -1.0, math.inf], False, 2, f"received inf; {FINITE} is expected"),
    ],
)
def test_a_number_to_learn_is_checked(values: list[float | None], log: bool, row: int, reason: str) -> None:
    with pytest.raises(CellError) as caught:
        columns.convert(pa.array(values), "label", Label("y", None, log=log))
    assert (caught.value.row, caught.value.reason) == (row, reason)


def test_strings_of_other_types() -> None:
    assert columns.convert(pa.array([1.0, None, 3.0]), "string", NO_LABEL).to_pylist() == [b"1", None, b"3"]
    assert columns.convert(pa.array([" a ", ""]), "string", NO_LABEL).to_pylist() == [b"a", None]


def test_pictures_are_bytes_alone_in_a_struct_or_as_base64() -> None:
    assert columns.convert(pa.array([b"x", None]), "image", NO_LABEL).to_pylist() == [b"x", None]
    assert columns.convert(pa.array([{"bytes": b"x", "path": "a"}]), "image", NO_LABEL).to_pylist() == [b"x"]
    assert columns.convert(pa.array(["eA==", None]), "image", NO_LABEL).to_pylist() == [b"x", None]


@pytest.mark.parametrize(
    ("values", "row", "reason"),
    [
        (pa.array([1]), 0, "received type int64; binary (the bytes of picture files) is expected"),
        (pa.array([None, "no base64!"]), 1, "received 'no base64!'; base64 of a picture's file is expected"),
    ],
)
def test_what_is_no_picture_is_refused_by_row(values: pa.Array, row: int, reason: str) -> None:
    with pytest.raises(CellError) as caught:
        columns.convert(values, "image", NO_LABEL)
    assert (caught.value.row, caught.value.reason) == (row, reason)
