"""Rows divided by time: where time is cut, what a time may look like, and what is refused."""

import datetime
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data import times
from components.data.dividing import Cuts, cuts_of
from components.data.sources import Block
from components.data.times import Kind
from schemas.columns import CellError
from schemas.errors import InputError
from schemas.splits import NAMES, Splits


def block(found: Sequence[str | None], official: Sequence[str | None] | None = None, first_row: int = 1) -> Block:
    cells = pa.table({"date": pa.array([None if one is None else one.encode() for one in found], pa.binary())})
    keys = pa.array([str(row).encode() for row in range(len(found))], pa.large_binary())
    return Block(0, first_row, cells, keys, None if official is None else pa.array(official, pa.string()))


def place(found: Block, row: int, column: str) -> str:
    return f"sales.csv, row {found.first_row + row}, column {column!r}"


def cut(found: Sequence[str], *, official: Sequence[str | None] | None = None, **declared: Any) -> Cuts:
    return cuts_of([block(found, official)], Splits(time="date", **declared), "sales.csv", place)


def days(count: int) -> list[str]:
    first = datetime.date(2024, 1, 1)
    return [(first + datetime.timedelta(day)).isoformat() for day in range(count)]


def test_the_oldest_rows_are_train_and_the_newest_test() -> None:
    found = cut(days(100))
    assert found.to_json() == {"eval_from": days(100)[70], "test_from": days(100)[85]}
    read = times.read(pa.array([day.encode() for day in days(100)[::-1]]), found.kind, "")
    assert found.split_of(read, None).tolist() == [2] * 15 + [1] * 15 + [0] * 70


moments = st.integers(0, 30)


@settings(max_examples=100)
@given(st.lists(moments, min_size=3, max_size=60), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_equal_times_are_never_divided_and_every_split_has_rows(
    found: list[int], train: int, evaluation: int, test: int
) -> None:
    texts = [str(moment) for moment in found]
    declared = Splits(train=train, eval=evaluation, test=test, time="date")
    try:
        cuts = cuts_of([block(texts)], declared, "x", place)
    except InputError as error:
        assert len(set(found)) < 3 or "no row falls into split" in str(error)
        return
    chosen = cuts.split_of(times.read(block(texts).cells["date"].combine_chunks(), cuts.kind, ""), None)
    order = np.argsort(found, kind="stable")
    assert (np.diff(chosen[order]) >= 0).all() and set(chosen) == {0, 1, 2}
    assert all(
        len({split for split, one in zip(chosen, found, strict=True) if one == moment}) == 1 for moment in set(found)
    )


def test_cuts_that_the_page_fixes_stay_where_they_are() -> None:
    assert cut(days(100), eval_from="2024-02-01", test_from="2024-03-01").to_json() == {
        "eval_from": "2024-02-01",
        "test_from": "2024-03-01",
    }
    # Of the rows before it the shares of train and eval; of those from it on the shares of eval and test.
    assert cut(days(120), test_from="2024-04-11").eval_from == times.given("2024-03-24", Kind.TIME, "", "x")
    assert cut(days(100), eval_from=days(100)[80]).to_json()["test_from"] == days(100)[90]


def test_an_official_test_set_stays_the_test_split() -> None:
    official = ["test"] * 20 + [None] * 80
    found = cut(days(100), official=official, train=3, eval=1)
    assert found.to_json() == {"eval_from": days(100)[80], "test_from": None}
    read = times.read(block(days(100)).cells["date"].combine_chunks(), found.kind, "")
    assert found.split_of(read, pa.array(official)).tolist() == [2] * 20 + [0] * 60 + [1] * 20
    with pytest.raises(InputError, match="official test set"):
        cut(days(100), official=official, test_from="2024-03-01")


def test_what_cannot_be_divided_is_refused() -> None:
    with pytest.raises(InputError, match="has 2 different times, and a division by time needs 3"):
        cut(["2024-01-01"] * 50 + ["2024-01-02"] * 50)
    with pytest.raises(
        InputError, match=r"no row falls into split 'test'.*from 2024-01-01 to 2024-01-30.*test_from=2025-01-01"
    ):
        cut(days(30), test_from="2025-01-01")
    with pytest.raises(InputError, match="no row falls into split 'eval'"):
        cut(days(30), eval_from="2024-01-20", test_from="2024-01-10")
    with pytest.raises(InputError, match=r"splits.test_from: received 'May'; times in ISO 8601"):
        cut(days(30), test_from="May")


@pytest.mark.parametrize(
    ("found", "declared", "reason"),
    [
        (["2024-01-01", None], {}, "row 12, column 'date': received no value; times in ISO 8601"),
        (["2024-01-01", "  "], {}, "row 12, column 'date': received no value"),
        (["2024-01-01", "2024-02-30"], {}, "row 12, column 'date': received '2024-02-30'"),
        (["1", "inf"], {}, "row 12, column 'date': received 'inf'; numbers are expected"),
        (["1", "2024-01-01"], {}, "row 12, column 'date': received '2024-01-01'; numbers are expected"),
        (
            ["1.2.2024", "31.6.2024"],
            {"time_format": "%d.%m.%Y"},
            "row 12, column 'date': received '31.6.2024'; times written as",
        ),
    ],
)
def test_a_row_without_a_time_is_named(found: list[str | None], declared: dict[str, str], reason: str) -> None:
    with pytest.raises(InputError) as error:
        cuts_of([block(found, first_row=11)], Splits(time="date", **declared), "sales.csv", place)  # type: ignore[arg-type]
    assert str(error.value).startswith(f"sales.csv, {reason}")


@settings(max_examples=200)
@given(
    st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31)),
    st.sampled_from(["", "Z", "+02:00", "-0330"]),
)
def test_iso_times_are_read_as_python_reads_them(moment: datetime.datetime, zone: str) -> None:
    text = moment.isoformat() + zone
    expected = datetime.datetime.fromisoformat(text)
    expected = expected if expected.tzinfo else expected.replace(tzinfo=datetime.UTC)
    (read,) = times.read(pa.array([text.encode()]), Kind.TIME, "").to_pylist()
    assert read == (expected - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(microseconds=1)


@given(st.lists(st.dates(datetime.date(1, 1, 1)), min_size=1))
def test_dates_in_a_format_are_those_of_iso(found: list[datetime.date]) -> None:
    formatted = pa.array([f"{one.day:02}.{one.month:02}.{one.year:04}".encode() for one in found])
    plain = pa.array([one.isoformat().encode() for one in found])
    assert times.read(formatted, Kind.FORMATTED, "%d.%m.%Y").equals(times.read(plain, Kind.TIME, ""))


def test_months_and_arrow_s_own_types_are_times_too() -> None:
    assert times.read(pa.array([b"2024-05"]), Kind.TIME, "").equals(
        times.read(pa.array([b"2024-05-01"]), Kind.TIME, "")
    )
    typed = pa.array([datetime.date(2024, 5, 1)])
    assert times.kind_of(typed, "") is Kind.TIME
    assert times.read(typed, Kind.TIME, "").equals(times.read(pa.array([b"2024-05-01"]), Kind.TIME, ""))
    assert times.kind_of(pa.array([1, 2]), "") is Kind.NUMBER
    with pytest.raises(CellError):
        times.read(pa.array([1, None]), Kind.NUMBER, "")


DAY = datetime.datetime(2024, 5, 1)


@pytest.mark.parametrize(
    ("cells", "kind", "row", "reason"),
    [
        (pa.array([1.0, math.nan]), Kind.NUMBER, 1, "received no value; numbers are expected"),
        (pa.array([DAY.time()]), Kind.TIME, 0, "received datetime.time(0, 0); times in ISO 8601"),
        (pa.array([[1]]), Kind.NUMBER, 0, "received [1]; numbers are expected"),
        (pa.array([5]), Kind.TIME, 0, "received 5; times in ISO 8601"),
        (pa.array([DAY]), Kind.NUMBER, 0, "received datetime.datetime(2024, 5, 1, 0, 0); numbers are expected"),
    ],
)
def test_typed_cells_that_are_no_times_are_refused(cells: pa.Array, kind: Kind, row: int, reason: str) -> None:
    with pytest.raises(CellError) as caught:
        times.read(cells, kind, "")
    assert caught.value.row == row
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize("cells", [pa.array([20240501]), pa.array(["20240501"]), pa.array([DAY])])
def test_typed_cells_in_a_format_are_those_of_text(cells: pa.Array) -> None:
    assert times.read(cells, Kind.FORMATTED, "%Y%m%d").equals(times.read(pa.array([b"2024-05-01"]), Kind.TIME, ""))


def test_a_day_may_stand_behind_two_spaces() -> None:
    read = times.read(pa.array([b"May  1 2024", b"May 01 2024"]), Kind.FORMATTED, "%b %d %Y").to_pylist()
    assert [times.written(one, Kind.FORMATTED) for one in read] == ["2024-05-01", "2024-05-01"]


def test_splits_say_what_means_nothing_beside_time() -> None:
    assert [problem.field for problem in Splits(time_format="%Y", eval_from="1", salt=1).problems()] == [
        "time_format",
        "eval_from",
    ]
    assert [problem.field for problem in Splits(time="date", salt=1).problems()] == ["salt"]
    assert list(Splits(time="date", key=("id",), time_format="%Y", test_from="2024").problems()) == []
    assert NAMES == ("train", "eval", "test")
