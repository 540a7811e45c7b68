"""Windows of series: what each holds, which are left out, and which series are refused."""

import datetime
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data import steps, windows
from components.data.dividing import Cuts
from components.data.sources import Block
from components.data.times import Kind
from components.data.windows import Facts
from schemas.columns import NumberStyle
from schemas.errors import InputError
from schemas.splits import Splits
from schemas.tasks import Forecast

Row = tuple[str, str, str]  # series, time, value
FAR = 10**9


def place(found: Block, row: int, column: str) -> str:
    return f"sales.csv, row {found.first_row + row}, column {column!r}"


def blocks_of(rows: Sequence[Row], size: int = 7) -> list[Block]:
    made = []
    for index, first in enumerate(range(0, len(rows), size)):
        part = list(zip(*rows[first : first + size], strict=True))
        cells = [pa.array([cell.encode() or None for cell in column], pa.binary()) for column in part]
        table = pa.table(dict(zip(("shop", "day", "sales"), cells, strict=True)))
        made.append(Block(index, first + 1, table, pa.array([b""] * len(table), pa.large_binary())))
    return made


def made(rows: Sequence[Row], cuts: Cuts | None = None, **declared: Any) -> tuple[list[dict[str, Any]], str]:
    """The windows as rows, and what was found."""
    values = {"label": "sales", "time": "day", "series": ("shop",), "window": 3, "horizon": 2} | declared
    task = Forecast(**values)
    splits = Splits(time="day", key=(*task.series, "day"))
    kind = Kind.NUMBER if rows[0][1].isdigit() else Kind.TIME
    cuts = cuts or Cuts(kind, FAR * 10**9, FAR * 10**9 + 1)
    *found, facts = windows.blocks(blocks_of(rows), task, splits, cuts, "sales.csv", place, NumberStyle())
    assert isinstance(facts, Facts)
    whole = []
    for block in found:
        assert isinstance(block, Block) and block.rows is not None and block.times is not None
        extra = zip(
            block.cells.to_pylist(),
            block.rows.to_pylist(),
            block.times.to_pylist(),
            block.keys.to_pylist(),
            strict=True,
        )
        whole += [{**cells, "row": row, "at": at, "key": key} for cells, row, at, key in extra]
    return whole, facts.text


def series(name: str, values: Sequence[float | None], first: int = 0) -> list[Row]:
    return [(name, str(first + at), "" if value is None else f"{value:g}") for at, value in enumerate(values)]


def test_a_window_has_the_past_the_values_to_come_and_what_naive_forecasts_say() -> None:
    found, text = made(series("a", [1, 2, 3, 4, 5, 6]), season=2)
    assert [one["history"] for one in found] == [b"1 2 3", b"2 3 4"]
    # What comes; the values of the same places a season before; the last value.
    assert [one["sales"] for one in found] == [[4, 5, 2, 3, 3], [5, 6, 3, 4, 4]]
    assert [one["row"] for one in found] == [3, 4] and [one["at"] for one in found] == [3, 4]
    assert found[0]["key"] == b"a\x1f2" and text.startswith("2 windows of 6 rows in 1 series, in steps of 1")


numbers = st.lists(st.integers(-99, 99), min_size=1, max_size=25)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abc"), numbers, min_size=1),
    st.integers(2, 5),
    st.integers(1, 4),
    st.integers(0, 6),
    st.randoms(),
)
def test_windows_are_those_of_a_loop_and_never_reach_over_the_end_of_a_series(
    shops: dict[str, list[int]], window: int, horizon: int, season: int, random: Any
) -> None:
    rows = list(itertools.chain.from_iterable(series(name, values, 100) for name, values in shops.items()))
    random.shuffle(rows)
    expected = {}
    for name, values in shops.items():
        for origin in range(window - 1, len(values) - horizon):
            seasonal = []
            for ahead in range(1, horizon + 1):
                before = origin + ahead - (season or 1) * -(-ahead // (season or 1))
                seasonal.append(values[before] if before >= 0 else values[origin])
            past = " ".join(map(str, values[origin - window + 1 : origin + 1]))
            key = f"{name}\x1f{100 + origin}".encode()
            expected[key] = (past.encode(), [*values[origin + 1 : origin + 1 + horizon], *seasonal, values[origin]])
    try:
        found, _ = made(rows, window=window, horizon=horizon, season=season)
    except InputError as error:
        assert not expected and ("no series has" in str(error))
        return
    assert {one["key"]: (one["history"], one["sales"]) for one in found} == expected
    assert all(rows[one["row"] - 1][:2] == tuple(one["key"].decode().split("\x1f")) for one in found)


def test_a_gap_is_filled_in_the_past_and_leaves_out_windows_whose_future_has_it() -> None:
    rows = series("a", [1, 2, 3, 4, 5, 6, 7, 8])
    found, text = made([*rows[:3], *rows[4:]])  # nothing was noted at 3
    assert [(one["history"], one["sales"][:2]) for one in found] == [(b"3 3 5", [6, 7]), (b"3 5 6", [7, 8])]
    assert "1 of which are missing" in text
    missing, _ = made(series("a", [1, 2, 3, None, 5, 6, 7, 8]))
    # A row without a value is a place to forecast from, with the value before.
    assert [(one["history"], one["sales"][:2]) for one in missing] == [
        (b"2 3 3", [5, 6]),
        (b"3 3 5", [6, 7]),
        (b"3 5 6", [7, 8]),
    ]


def test_rows_follow_each_other_where_gaps_do_not_count() -> None:
    days = ["2024-05-02", "2024-05-03", "2024-05-06", "2024-05-07", "2024-05-08", "2024-05-13"]
    rows = [("a", day, str(at)) for at, day in enumerate(days)]
    found, text = made(rows, gaps="ignore")
    assert [one["history"] for one in found] == [b"0 1 2", b"1 2 3"] and "in steps of row" in text


def test_what_reaches_from_one_split_into_the_next_is_left_out() -> None:
    cuts = Cuts(Kind.NUMBER, 10, 15)
    found, text = made(series("a", range(20)), cuts=cuts)
    starts = [int(one["at"]) for one in found]
    assert starts == [3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18] and "2 windows that reach" in text


def test_series_that_cannot_be_forecast_are_refused() -> None:
    with pytest.raises(InputError, match=r"rows 1 and 3 have one time and equal shop"):
        made([("a", "1", "5"), ("b", "1", "6"), ("a", "1", "7")])
    with pytest.raises(
        InputError, match=r"no series has 5 values in a row \(a window of 3 and 2 to come\) in steps of 1;"
    ):
        made([*series("a", [1, 2, 3]), *series("b", [1, 2, 3, 4])])
    with pytest.raises(InputError, match=r"sales.csv, row 2, column 'sales': received 'many'; a number is expected"):
        made([("a", "1", "5"), ("a", "2", "many")])
    with pytest.raises(InputError, match=r"not in equal steps .*gaps='ignore'"):
        made([("a", time, "1") for time in ("0", "10", "20", "25", "40")])


def iso(*, months: int = 0, days: int = 0, hours: int = 0, count: int = 30) -> list[int]:
    first = np.datetime64("2024-01-31", "M") if months else np.datetime64("2024-01-05T00", "h")
    unit = np.timedelta64(months, "M") if months else np.timedelta64(24 * days + hours, "h")
    return [(first + unit * at).astype("datetime64[us]").astype(np.int64).item() for at in range(count)]


@pytest.mark.parametrize(
    ("times", "words", "season"),
    [
        (iso(hours=1), "1 hour", 24),
        (iso(days=1), "1 day", 7),
        (iso(days=7), "1 week", 52),
        (iso(days=2), "2 days", 1),
        (iso(months=1), "1 month", 12),
        (iso(months=3), "1 quarter", 4),
        (iso(months=12), "1 year", 1),
    ],
)
def test_the_step_of_times_is_found(times: list[int], words: str, season: int) -> None:
    kept = [*range(5), 6, *range(9, len(times))]  # gaps are multiples of it
    found = steps.found(np.zeros(len(kept), np.int64), np.array(times)[kept], Kind.TIME, "day")
    assert (found.words, found.season) == (words, season) and found.places.tolist() == kept


def test_the_ends_of_months_are_months() -> None:
    days = [datetime.datetime(2024, month + 1, 1) - datetime.timedelta(1) for month in range(1, 12)]
    times = np.array(days, "datetime64[us]").astype(np.int64)
    assert steps.found(np.zeros(11, np.int64), times, Kind.TIME, "day").words == "1 month"
