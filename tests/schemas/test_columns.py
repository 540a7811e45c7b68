import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import columns, forms
from schemas.columns import CellError, Label, NumberStyle

CLASSES = ("died", "survived")
NO_LABEL = Label("y", None)
FINITE = "a finite number (up to 3.4e38, float32)"
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32).map(str)
GOOD_CELLS = st.none() | NUMBERS | st.sampled_from(["nan", "0", "-1", "1e3", "+5"])
WORDS = st.sampled_from(["abc", "1,5", "--", "0x10", "1_000", "1 2", "$5"])


def binary(*cells: bytes | None) -> pa.Array:
    return pa.array(cells, pa.binary())


def text(*cells: str | None) -> pa.Array:
    return pa.array(cells, pa.string())


def test_strings_are_trimmed_and_empty_ones_are_missing() -> None:
    cells = columns.to_string(binary(b" a b\t", b"\n", b"", None, "\u00a0é ".encode()))
    assert cells.type == pa.string()
    assert cells.to_pylist() == ["a b", None, None, None, "é"]


def test_bytes_that_are_not_utf8_are_refused_by_row() -> None:
    with pytest.raises(CellError, match=r"received bytes b'caf\\xe9', which are not UTF-8") as caught:
        columns.to_string(binary(b"tea", None, b"caf\xe9", b"\xff"))
    assert caught.value.row == 2


def test_a_long_cell_is_cut_in_the_message() -> None:
    with pytest.raises(CellError) as caught:
        columns.to_string(binary(b"\xff" * 10_000))
    assert len(caught.value.reason) < 300


def test_numbers_are_float32_and_nan_is_missing() -> None:
    numbers = columns.to_number(text("1.5", "-2", "1e3", "+5", "nan", "NaN", None))
    assert numbers.type == pa.float32()
    assert numbers.to_pylist() == [1.5, -2.0, 1000.0, 5.0, None, None, None]


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "1e400", "1e39", "-1e39", "3.41e38"])
def test_an_infinite_number_is_refused_by_row(cell: str) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_number(text("1", None, cell, "2"))
    assert (caught.value.row, caught.value.reason) == (2, f"received {cell!r}; {FINITE} is expected")


@pytest.mark.parametrize("cell", ["3.4028234663852886e38", "3.4028235e+38", "-3.4028235e38", "1e-60"])
def test_a_number_that_rounds_into_float32_is_taken(cell: str) -> None:
    assert columns.to_number(text(cell)).to_pylist() == [pa.scalar(float(cell), pa.float32()).as_py()]


@pytest.mark.parametrize("cell", ["abc", "1,5", "0x10", "1_000", "12 years", "?"])
def test_what_is_no_number_is_refused_by_row(cell: str) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_number(text(None, "1", "2", cell))
    assert (caught.value.row, caught.value.reason) == (3, f"received {cell!r}; a number is expected")


@given(st.lists(GOOD_CELLS))
def test_good_numbers_are_read_as_python_reads_them(cells: list[str | None]) -> None:
    found = columns.to_number(text(*cells)).to_pylist()
    expected = [None if cell is None or math.isnan(float(cell)) else float(cell) for cell in cells]
    assert found == expected


@given(st.lists(GOOD_CELLS), WORDS, st.lists(GOOD_CELLS | WORDS))
def test_the_first_cell_that_is_no_number_is_reported(
    before: list[str | None], bad: str, after: list[str | None]
) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_number(text(*before, bad, *after))
    assert caught.value.row == len(before)
    assert repr(bad) in caught.value.reason


@given(st.lists(GOOD_CELLS), st.lists(GOOD_CELLS | st.just("inf")))
def test_the_first_infinite_cell_is_reported(before: list[str | None], after: list[str | None]) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_number(text(*before, "inf", *after))
    assert caught.value.row == len(before)


@given(st.lists(st.none() | st.text().map(str.encode)), st.lists(st.none() | st.binary()))
def test_the_first_cell_that_is_not_utf8_is_reported(before: list[bytes | None], after: list[bytes | None]) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_string(binary(*before, b"\xff", *after))
    assert caught.value.row == len(before)


BAD_LABELS = {"inf": FINITE, "1e39": FINITE, "abc": "a number", "nan": "a number", None: "a number"}


@given(st.lists(NUMBERS), st.sampled_from([*BAD_LABELS]), st.lists(NUMBERS | st.sampled_from([*BAD_LABELS])))
def test_the_first_bad_number_of_a_label_is_reported_whatever_is_wrong_with_it(
    before: list[str], bad: str | None, after: list[str | None]
) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_label(text(*before, bad, *after), None)
    received = "no value" if bad is None else repr(bad)
    assert caught.value.row == len(before)
    assert caught.value.reason.startswith(f"received {received}; {BAD_LABELS[bad]} is expected")


@pytest.mark.parametrize(
    ("kind", "bad"), [("number", b"abc"), ("number", b"1e39"), ("label", b"lost"), ("label", None)]
)
def test_a_cell_before_one_that_is_not_utf8_is_reported_first(kind: str, bad: bytes | None) -> None:
    with pytest.raises(CellError) as caught:
        columns.convert(binary(b"1", bad, b"0", b"\xff", bad), kind, Label("y", CLASSES))
    assert caught.value.row == 1
    with pytest.raises(CellError, match="UTF-8") as caught:
        columns.convert(binary(b"1", b"0", b"\xff", bad), kind, Label("y", CLASSES))
    assert caught.value.row == 2


def test_a_class_is_given_by_name_or_by_index() -> None:
    labels = columns.to_label(text("died", "survived", "1", "0"), CLASSES)
    assert labels.type == pa.int64()
    assert labels.to_pylist() == [0, 1, 1, 0]


def test_names_that_are_whole_numbers_count_alone() -> None:
    assert columns.to_label(text("0", "1"), ("1", "0")).to_pylist() == [1, 0]
    assert columns.to_label(text("9", "0"), tuple("0123456789")).to_pylist() == [9, 0]


@pytest.mark.parametrize(("classes", "cell"), [(("1", "2", "3"), "0"), (("-1", "+1"), "0"), (("none", "10"), "1")])
def test_no_index_is_taken_where_a_name_is_a_whole_number(classes: tuple[str, ...], cell: str) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_label(text(classes[0], cell), classes)
    assert caught.value.row == 1
    assert caught.value.reason == f"received {cell!r}; one of {', '.join(map(repr, classes))} is expected"


@pytest.mark.parametrize(
    ("cell", "received"), [("2", "'2'"), ("Died", "'Died'"), ("1.5", "'1.5'"), ("-1", "'-1'"), (None, "no value")]
)
def test_what_is_no_class_is_refused_by_row(cell: str | None, received: str) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_label(text("died", cell, "nor this"), CLASSES)
    assert caught.value.row == 1
    assert caught.value.reason == f"received {received}; one of 'died', 'survived', or 0 to 1 is expected"


@pytest.mark.parametrize(
    ("classes", "cells", "found"),
    [
        (("0", "1"), ("0.0", "1.0", "1", "00", "1e0"), [0, 1, 1, 0, 1]),
        (("1.0", "2.0"), ("1", "2", "2.0", "+1"), [0, 1, 1, 0]),
        (("10", "2", "none"), ("2.0", "none", "1e1"), [1, 2, 0]),
        (CLASSES, ("0.0", "1.0", "died"), [0, 1, 0]),
        (("1", "1.0", "2"), ("1", "1.0", "2.0"), [0, 1, 2]),  # an equal text counts before an equal value
    ],
)
def test_a_label_of_a_class_s_value_is_that_class(
    classes: tuple[str, ...], cells: tuple[str, ...], found: list[int]
) -> None:
    assert columns.to_label(text(*cells), classes).to_pylist() == found


@pytest.mark.parametrize(
    ("classes", "cell"),
    [
        (("1", "1.0", "2"), "1.00"),
        (("1.0", "2.0"), "0"),
        (("a", "b"), "0.5"),
        (("a", "b"), "nan"),
        (("0", "1"), "\u0661"),
    ],
)
def test_a_value_of_two_classes_or_of_none_is_no_label(classes: tuple[str, ...], cell: str) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_label(text(classes[0], cell), classes)
    assert caught.value.row == 1


def test_labels_of_which_none_is_a_class_are_listed_by_their_frequency() -> None:
    with pytest.raises(CellError) as caught:
        columns.to_label(text("no", "yes", None, "yes"), CLASSES)
    assert caught.value.reason == (
        "received 'no'; one of 'died', 'survived', or 0 to 1 is expected; its values are 'yes' (2), 'no' (1), no value (1)"
    )
    with pytest.raises(CellError, match=r"'v0' \(1\), .* and 5 more$"):
        columns.to_label(text(*(f"v{i}" for i in range(15))), CLASSES)


@given(st.lists(st.sampled_from([*CLASSES, "0", "1"])), st.lists(st.none() | st.sampled_from(["died", "2"])))
def test_the_first_bad_label_is_reported(before: list[str], after: list[str | None]) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_label(text(*before, "lost", *after), CLASSES)
    assert caught.value.row == len(before)


def test_a_regression_s_label_is_a_number() -> None:
    labels = columns.to_label(text("24.5", "-1"), None)
    assert labels.type == pa.float32()
    assert labels.to_pylist() == [24.5, -1.0]


@pytest.mark.parametrize(("cell", "received"), [(None, "no value"), ("nan", "'nan'")])
def test_a_regression_s_label_may_not_be_missing(cell: str | None, received: str) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_label(text("24.5", cell), None)
    assert (caught.value.row, caught.value.reason) == (1, f"received {received}; a number is expected")


@given(st.lists(st.none() | st.integers(-5, 5)))
def test_a_list_has_one_value_or_is_null(values: list[int | None]) -> None:
    lists = columns.to_list(pa.array(values, pa.int64()))
    assert lists.type == pa.list_(pa.int64())
    assert lists.to_pylist() == [None if value is None else [value] for value in values]
    # The encoder reads the flat values, so that a null's slot must not hold one.
    assert lists.flatten().to_pylist() == [value for value in values if value is not None]


@pytest.mark.parametrize(
    ("kind", "dtype", "values"),
    [
        ("number", pa.float32(), [1.0, None, None]),
        ("string", pa.binary(), [b"1", None, None]),
        ("image", pa.binary(), [b" 1 ", b"  ", None]),
        ("label", pa.int64(), None),
    ],
)
def test_a_column_is_converted_by_its_kind(kind: str, dtype: pa.DataType, values: list[object] | None) -> None:
    cells = binary(b" 1 ", b"  ", None)
    if kind == "label":
        cells, values = binary(b" 1 ", b"died"), [1, 0]
    converted = columns.convert(cells, kind, Label("y", CLASSES))
    assert converted.type == dtype
    assert converted.to_pylist() == values


def test_a_picture_s_bytes_are_not_touched() -> None:
    picture = b"\x89PNG\r\n\x1a\n\xff "
    assert columns.convert(binary(picture), "image", NO_LABEL).to_pylist() == [picture]


@pytest.mark.parametrize("kind", ["number", "string", "image", "label"])
def test_a_column_without_rows_is_converted(kind: str) -> None:
    assert len(columns.convert(binary(), kind, NO_LABEL)) == 0


def test_a_part_of_a_column_is_counted_from_its_own_first_row() -> None:
    with pytest.raises(CellError) as caught:
        columns.convert(binary(b"abc", b"1", b"abc").slice(1), "number", NO_LABEL)
    assert caught.value.row == 1


def test_the_white_space_that_is_cut_is_python_s() -> None:
    # A request is trimmed by str.strip (schemas/request.py): both must agree on what white space is.
    characters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    cut = columns.to_string(pa.array([c.encode() for c in characters], pa.binary())).is_null().to_pylist()
    assert [c for c, gone in zip(characters, cut, strict=True) if gone] == [c for c in characters if not c.strip()]


def test_a_label_whose_logarithm_is_learned_is_not_negative() -> None:
    assert columns.to_label(text("0", "2.5"), None, log=True) == pa.array([0, 2.5], pa.float32())
    assert columns.to_label(text("-1"), None) == pa.array([-1], pa.float32())
    with pytest.raises(CellError) as caught:
        columns.convert(binary(b"1", b"-0.5", b"-1"), "label", Label("y", None, log=True))
    assert caught.value.row == 1
    assert caught.value.reason == "received '-0.5'; 0 or more is expected, as its logarithm is learned"


@pytest.mark.parametrize(("cells", "row"), [(("1", "x", "-1"), 1), (("-1", "x"), 0), (("2", "-1", None), 1)])
def test_the_first_cell_that_is_wrong_is_named_negative_or_not(cells: tuple[str | None, ...], row: int) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_label(text(*cells), None, log=True)
    assert caught.value.row == row


@given(st.lists(st.none() | st.integers(-5, 5)), st.integers(0, 3))
def test_a_list_column_is_read_as_it_was_made(values: list[int | None], start: int) -> None:
    column = pa.array(values, pa.int64())
    assert columns.from_list(columns.to_list(column).slice(start)) == column.slice(start)


def test_an_empty_list_is_a_missing_value_and_of_several_the_first_counts() -> None:
    assert columns.from_list(pa.array([[], [1.0, 2.0], None], pa.large_list(pa.float32()))).to_pylist() == [
        None,
        1.0,
        None,
    ]


FRENCH = NumberStyle(",", " ")


@given(
    st.integers(-(10**15), 10**15), st.integers(0, 999), st.sampled_from([".", "'", " ", "\u00a0", "\u202f", "\u2019"])
)
def test_a_number_is_read_in_the_style_of_its_file(whole: int, fraction: int, mark: str) -> None:
    style = NumberStyle(",", " " if mark.isspace() else mark)
    cell = f"{whole:,}".replace(",", mark) + f",{fraction:03d}"
    assert columns.to_number(text(cell), style=style) == columns.to_number(text(f"{whole}.{fraction:03d}"))


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1,5", 1.5), ("-1,5e3", -1500.0), ("1 234", 1234.0), ("12 34 567,5", 1234567.5), ("7", 7.0), (",5", 0.5)],
)
def test_numbers_with_a_comma_and_spaces(cell: str, value: float) -> None:
    assert columns.to_number(text(cell, None), style=FRENCH).to_pylist() == [value, None]


@pytest.mark.parametrize("cell", ["1.5", "1 5", "1  234", "1 2345", "1,5,5", "1 234 5", "?", "1?5", " 1"])
def test_what_is_written_in_another_style_is_no_number_and_shown_as_it_stands(cell: str) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_number(text("1,5", cell), style=FRENCH)
    assert (caught.value.row, caught.value.reason) == (1, f"received {cell!r}; a number is expected")


@given(
    whole=st.integers(-(10**5), 10**5),
    unit=st.sampled_from(["%", "$", "€", "km/h", "km", "a|b", "."]),
    space=st.sampled_from(["", " ", "\u00a0"]),
    before=st.booleans(),
)
def test_a_unit_beside_a_number_is_no_part_of_it(whole: int, unit: str, space: str, before: bool) -> None:
    style = NumberStyle(thousands=",", units=("km", "%", "$", "€", "km/h", "a|b", "."))
    number = f"{abs(whole):,}"
    sign = "-" * (whole < 0)
    for cell in (
        (f"{sign}{unit}{space}{number}", f"{unit}{space}{sign}{number}")
        if before
        else (f"{sign}{number}{space}{unit}",)
    ):
        assert columns.to_number(text(cell, None), style=style).to_pylist() == [float(whole), None]


@pytest.mark.parametrize("cell", ["5 kg", "%5%%", "% %", "5%5", "$"])
def test_what_has_another_unit_is_no_number(cell: str) -> None:
    with pytest.raises(CellError, match="a number is expected"):
        columns.to_number(text(cell), style=NumberStyle(units=("%", "$")))


def test_the_style_counts_for_numbers_alone() -> None:
    cells = binary(b"1.234", b"1,5")
    style = NumberStyle(",", ".")
    assert columns.convert(cells, "number", NO_LABEL, style=style).to_pylist() == [1234.0, 1.5]
    assert columns.convert(cells, "label", Label("y", None), style=style).to_pylist() == [1234.0, 1.5]
    assert columns.convert(cells, "string", NO_LABEL, style=style).to_pylist() == [b"1.234", b"1,5"]
    exact = forms.of_spec({"form": "exact"})
    assert columns.convert(cells, "string", NO_LABEL, exact, style).to_pylist() == [b"1234", b"1.5"]
    assert columns.convert(cells, "label", Label("y", ("1.234", "1,5")), style=style).to_pylist() == [0, 1]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (("1,5", "2,25", "3"), 'decimal=","'),
        (("1,234.5", "2,000.0", "3"), 'thousands=","'),
        (("1,234", "2,000"), 'thousands="," or decimal=","'),
        (("1.234,5", "12.000,0", "3"), 'decimal="," and thousands="."'),
        (("403,96", "2.403,96", "1,5"), 'decimal="," and thousands="."'),
        (("1.234.567", "2.000.000"), 'decimal="," and thousands="."'),
        (("12,34,567", "1,234.5"), 'thousands=","'),
        (("1 234", "2 000.5"), 'thousands=" "'),
        (("1\u202f234,5", "2 000,1"), 'decimal="," and thousands=" "'),
        (("1'234", "2'000.5"), 'thousands="\'"'),
        (("$5", "$1,200", "7"), "a sign or a unit beside the number"),
        (("EUR 5", "EUR 6"), "a sign or a unit beside the number"),
        (("12%", "13.5 %"), "a sign or a unit beside the number"),
        (("12 kg", "13 kg"), "a sign or a unit beside the number"),
        (("n/a", "1", "n/a", "2"), "2 of 4 cells are 'n/a': if it means that there is no value, add it to missing="),
        (("red", "green", "blue"), "3 of 3 cells are no numbers: read the column as Category() or Text()"),
    ],
)
def test_a_column_of_no_numbers_names_the_option_that_reads_it(cells: tuple[str, ...], says: str) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_number(text(*cells))
    assert says in caught.value.reason


def test_a_decimal_point_where_the_source_says_a_comma() -> None:
    with pytest.raises(CellError, match="they have a decimal point, and the source says decimal"):
        columns.to_number(text("1.5", "2.25"), style=NumberStyle(","))


@pytest.mark.parametrize("cells", [("1", "abc", "2"), ("1", "2", "a", "b"), ("2024-01-02", "1", "12:30", "2")])
def test_a_slip_in_a_column_of_numbers_is_no_reason_for_an_option(cells: tuple[str, ...]) -> None:
    with pytest.raises(CellError) as caught:
        columns.to_number(text(*cells))
    assert caught.value.reason.endswith("a number is expected")


TAGS = Label("tags", ("red", "blue", "dark green"), separator=";")


@pytest.mark.parametrize(
    ("cell", "mask"),
    [
        (b"red", 0b001),
        (b"dark green;red", 0b101),
        (b" blue ; red;blue", 0b011),
        (b'["blue", "dark green"]', 0b110),
        (b"", 0),
        (None, 0),
        (b"[]", 0),
    ],
)
def test_a_label_of_several_classes_is_a_bit_for_each(cell: bytes | None, mask: int) -> None:
    found = columns.convert(binary(b"red", cell), "label", TAGS)
    assert found.type == pa.int64() and found.to_pylist() == [1, mask]


def test_lists_of_names_are_labels_of_several_classes() -> None:
    cells = pa.array([["blue"], [], None, ["red", "blue"]], pa.list_(pa.string()))
    assert columns.convert(cells, "label", TAGS).to_pylist() == [0b010, 0, 0, 0b011]


def test_a_name_that_is_no_class_is_named_with_the_cell() -> None:
    message = r"received 'red;grey', with 'grey'; names of 'red', 'blue', 'dark green' are expected"
    with pytest.raises(CellError, match=message) as error:
        columns.convert(binary(b"red", b"blue", b"red;grey", b"pink"), "label", TAGS)
    assert error.value.row == 2


@given(st.lists(st.sets(st.integers(0, 61)), min_size=1))
def test_every_set_of_classes_has_a_mask_of_its_own(sets: list[set[int]]) -> None:
    names = tuple(f"c{number}" for number in range(62))
    cells = binary(*("|".join(names[number] for number in one).encode() for one in sets))
    found = columns.convert(cells, "label", Label("y", names, separator="|")).to_pylist()
    assert [{bit for bit in range(62) if mask >> bit & 1} for mask in found] == sets
