"""Columns whose cells have a form of their own: moments, sets, vectors, places, numbers that float32 cannot tell apart."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data import inference
from components.data.inference.drafts import Column
from components.data.inference.times import FORMATS, twin
from schemas.forms import TimestampForm

ROWS = 240


@pytest.fixture
def column(tmp_path: Path) -> Callable[..., Column]:
    def made(cells: Callable[[int], object], name: str = "cell", **others: Callable[[int], object]) -> Column:
        columns = {name: cells, **others}
        lines = ["\t".join([*columns, "label"])]
        lines += [
            "\t".join([*(str(one(row)) for one in columns.values()), "yes" if row % 3 else "no"]) for row in range(ROWS)
        ]
        file = tmp_path / "ships.tsv"
        file.write_text("\n".join(lines) + "\n")
        found = inference.draft(file, "ships").column(name)
        assert found is not None
        return found

    return made


START = datetime(2020, 1, 1, 7, 30)


def day(row: int) -> datetime:
    return START + timedelta(days=row * 5, minutes=row)


@pytest.mark.parametrize(
    ("written", "format"),
    [
        ("%Y-%m-%d", None),
        ("%Y-%m-%dT%H:%M:%S", None),
        ("%Y-%m-%d %H:%M", None),
        ("%d.%m.%Y", "%d.%m.%Y"),
        ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M"),
        ("%m/%d/%Y", "%m/%d/%Y"),
        ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S"),
        ("%d-%b-%Y", "%d-%b-%Y"),
    ],
)
def test_moments_are_read_by_their_format(written: str, format: str | None, column: Callable[..., Column]) -> None:
    found = column(lambda row: day(row).strftime(written))
    assert (found.kind, found.options) == ("timestamp", {} if format is None else {"format": format})
    assert "CHECK" not in found.why


def test_a_day_that_may_be_a_month_is_said(column: Callable[..., Column]) -> None:
    found = column(lambda row: f"{row % 12 + 1:02}/{row * 7 % 12 + 1:02}/2024")
    assert found.options == {"format": "%m/%d/%Y"} and "CHECK that the month comes first" in found.why
    assert "%d/%m/%Y reads all of them, too" in found.why


def test_a_column_of_dates_with_other_cells_is_left_out_with_their_number(column: Callable[..., Column]) -> None:
    found = column(lambda row: "soon" if row == 17 else f"{day(row):%Y-%m-%d}")
    assert found.kind == "ignore" and "but 1 cells are none in the format iso" in found.why


@pytest.mark.parametrize(("scale", "format"), [(1, "unix"), (1000, "unix_ms")])
def test_moments_in_numbers_are_known_by_their_name(scale: int, format: str, column: Callable[..., Column]) -> None:
    found = column(lambda row: (1_700_000_000 + row * 7919 % 200 * 60) * scale, name="created_at")
    assert (found.kind, found.options) == ("timestamp", {"format": format})
    other = column(lambda row: (1_700_000_000 + row * 7919 % 200) * scale, name="pressure")
    assert other.kind == "exact" and "cannot tell apart" in other.why


@pytest.mark.parametrize(
    ("write", "options"),
    [
        ("|".join, {}),
        ("; ".join, {"separator": ";"}),
        (", ".join, {"separator": ","}),
        (json.dumps, {}),
    ],
)
def test_several_names_in_a_cell_are_a_set(
    write: Callable[[list[str]], str], options: dict[str, str], column: Callable[..., Column]
) -> None:
    names = ["red", "green", "blue", "black"]
    found = column(lambda row: write([name for at, name in enumerate(names) if row >> at & 1] or ["plain"]))
    classes = {"classes": ["black", "blue", "green", "plain", "red"]}
    assert (found.kind, found.options) == ("set", options | classes) and "of 5 names" in found.why


def test_an_empty_set_has_no_value_as_in_training(column: Callable[..., Column]) -> None:
    names = ["red", "green", "blue", "black"]
    found = column(lambda row: json.dumps([name for at, name in enumerate(names) if row >> at & 1]))
    assert found.kind == "set" and found.missing == 1 / 16


def test_surnames_and_first_names_are_no_set(column: Callable[..., Column]) -> None:
    assert column(lambda row: f"Smith{row}, Ann{row % 100}").kind == "ignore"


@pytest.mark.parametrize("form", ["[{}, {}, {}]", "{} {} {} 1e-3"])
def test_as_many_numbers_in_each_cell_are_a_vector(form: str, column: Callable[..., Column]) -> None:
    found = column(lambda row: form.format(row / 7, -row, row % 5))
    assert found.kind == "vector" and found.options == {"length": 3 if form.startswith("[") else 4}
    assert column(lambda row: "[1, 2, 3]" if row % 2 else "[1, 2]").kind != "vector"


def test_latitude_and_longitude_are_a_place(column: Callable[..., Column]) -> None:
    found = column(lambda row: 40 + row / 100, name="pickup_lat", pickup_lon=lambda row: -70 - row / 50)
    assert found.kind == "latitude" and "'pickup_lon'" in found.why
    alone = column(lambda row: 40 + row / 100, name="lat", lon=lambda row: 400 + row)
    assert alone.kind == "number"


@given(st.dates(date(1970, 1, 1), date(2099, 12, 31)), st.sampled_from(sorted(FORMATS)))
def test_what_a_format_matches_is_read_by_the_feature(when: date, format: str) -> None:
    import re

    moment = datetime(when.year, when.month, when.day, 23, 59, 58)
    written = moment.isoformat() if format == "iso" else moment.strftime(format)
    assert re.fullmatch(FORMATS[format], written)
    read = TimestampForm(format).canonical(written)
    day = datetime.fromisoformat(read).date()
    assert (day.month, day.day) == (when.month, when.day)
    other = twin(format)
    assert other is None or twin(other) == format
