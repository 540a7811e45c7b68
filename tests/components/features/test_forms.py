"""Features whose cells have a form: what the graph makes of their canonical texts, against Python and numpy."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from components.features import exact, timestamps
from schemas.features import Category, Feature, Geo, Number, Set, Timestamp, Vector
from schemas.features.timestamp import TIMESTAMP_PARTS
from schemas.forms import ExactForm, SetForm, TimestampForm, VectorForm
from tests.components.features.fitting import Fitted

EPOCH = datetime(1970, 1, 1)
SECONDS = [str(1_700_000_000 + number) for number in range(201)]
MILLISECONDS = [str(1_700_000_000_000 + 7 * number) for number in range(201)]
WIDE = [str(number) for number in (-(2**63), -1, 0, 1, 2**40, 2**40 + 1, 2**62, 2**62 + 1, 2**63 - 2, 2**63 - 1)]
IDS = (WIDE * 21)[:201]
LOWEST = [*map(str, (-(2**63), 5, 6)), *map(str, range(5, 203))]
FRACTIONS = [f"{1_700_000_000 + number % 5}.{number:03d}" for number in range(1, 202)]
HUGE = [3e38, *[-3e38] * 199, 0.0]
TIMES = [(datetime(2024, 2, 28, 22) + timedelta(hours=number)).isoformat() for number in range(200)] + [""]
TAGS = ["red|blue", "red", "", "green|red", "blue|red|violet", *[""] * 196]
VECTORS = ["1 2 3", "3 2 1", "", "5 5 5", *["1 2 3"] * 197]
LATITUDE, LONGITUDE = [0.0, 90.0, np.nan, 45.0, *[0.0] * 197], [0.0, 0.0, 10.0, 180.0, *[-90.0] * 197]

FEATURES: dict[str, Feature] = {
    "seconds": Number(exact=True),
    "milliseconds": Number(exact=True, indicator=True),
    "ids": Number(exact=True),
    "fractions": Number(exact=True),
    "lowest": Number(exact=True),
    "huge": Number(),
    "between": Number(scale="min_max"),
    "time": Timestamp(parts=TIMESTAMP_PARTS),
    "tags": Set(),
    "top": Set(vocabulary=2, length=1),
    "frequent": Set(min_count=2),
    "known": Set(names=("violet", "red")),
    "vector": Vector(length=3),
    "plain": Vector(length=3, scale="none"),
    "place": Geo(of=("lat", "lon")),
    "hashed": Category(hash=50),
}
COLUMNS = {
    "seconds": SECONDS, "milliseconds": MILLISECONDS, "ids": IDS, "fractions": FRACTIONS, "lowest": LOWEST, "time": TIMES,
    **dict.fromkeys(("huge", "between"), HUGE),
    **dict.fromkeys(("tags", "top", "frequent", "known"), TAGS), **dict.fromkeys(("vector", "plain"), VECTORS),
    "lat": LATITUDE, "lon": LONGITUDE, "hashed": SECONDS,
}  # fmt: skip


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    return Fitted(FEATURES, COLUMNS, tmp_path_factory.mktemp("transform"))


def test_numbers_as_large_as_float32_has_are_scaled(fitted: Fitted) -> None:
    found = fitted(huge=HUGE, between=HUGE)
    assert found["between"][[0, 1, -1]].tolist() == [1.0, 0.0, 0.5]
    values = np.array(HUGE)
    np.testing.assert_allclose(found["huge"], (values - values.mean()) / values.std(), rtol=1e-5)


@pytest.mark.parametrize("name", ["seconds", "milliseconds", "ids", "fractions", "lowest"])
def test_different_numbers_stay_different(fitted: Fitted, name: str) -> None:
    rows = fitted(**{name: COLUMNS[name]})[name]
    assert rows.dtype == np.float32
    assert len(np.unique(rows, axis=0)) == len(set(COLUMNS[name]))


@given(st.sets(st.integers(-(2**63), 2**63 - 1) | st.integers(2**60, 2**60 + 9), min_size=2, max_size=50))
def test_ids_that_were_not_in_the_training_split_stay_different_too(fitted: Fitted, numbers: set[int]) -> None:
    rows = fitted(ids=list(map(str, numbers)))["ids"]
    assert len(np.unique(rows, axis=0)) == len(numbers)


def test_exact_numbers_begin_with_their_z_score(fitted: Fitted) -> None:
    values = np.array(SECONDS, np.int64) - 1_700_000_000
    rows = fitted(seconds=[*SECONDS, ""])["seconds"]
    np.testing.assert_allclose(rows[:-1, 0], (values - values.mean()) / values.std(), atol=1e-5)
    np.testing.assert_array_equal(rows[:, 1:], 0)  # float32 can tell 200 seconds apart
    np.testing.assert_array_equal(rows[-1], 0)
    flagged = fitted(milliseconds=["1700000000000", ""])["milliseconds"]
    np.testing.assert_array_equal(flagged[:, 4], [0, 1])


@given(st.decimals(-(2**63), 2**63 - 1, places=7))
def test_the_graph_reads_exact_numbers_as_python_does(number: Decimal) -> None:
    text = ExactForm().canonical(str(number))
    whole, fraction = exact._parse(tf.constant([text]))
    assert int(whole[0]) == int(number)
    assert float(fraction[0]) == float(number - int(number))


@given(st.datetimes())
def test_the_graph_reads_timestamps_as_python_does(moment: datetime) -> None:
    found = timestamps.parse(tf.constant([TimestampForm().canonical(moment.isoformat())]))
    assert (int(found.year[0]), int(found.month[0]), int(found.day[0])) == (moment.year, moment.month, moment.day)
    passed = moment - EPOCH
    assert int(found.days[0]) == passed.days
    assert int(found.microseconds[0]) == passed.seconds * 1_000_000 + passed.microseconds


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))
def test_the_parts_of_a_timestamp_are_python_s(fitted: Fitted, moment: datetime) -> None:
    (row,) = fitted(time=[TimestampForm().canonical(moment.isoformat())])["time"]
    turns = {
        "month": (moment.month - 1) / 12,
        "day": (moment.day - 1) / 31,
        "day_of_year": (moment.timetuple().tm_yday - 1) / 366,
        "weekday": moment.weekday() / 7,
        "hour": (moment - datetime.combine(moment.date(), datetime.min.time())) / timedelta(days=1),
    }
    for number, turn in enumerate(turns.values()):
        place = 2 + 2 * number
        np.testing.assert_allclose(
            row[place : place + 2], [np.sin(2 * np.pi * turn), np.cos(2 * np.pi * turn)], atol=1e-6
        )
    assert row[-1] == 0


def test_a_timestamp_s_year_and_age_are_z_scores_and_a_missing_one_is_told(fitted: Fitted) -> None:
    rows = fitted(time=TIMES)["time"]
    hours = np.arange(200.0)
    np.testing.assert_allclose(rows[:-1, 1], (hours - hours.mean()) / hours.std(), atol=1e-5)
    np.testing.assert_array_equal(rows[:-1, 0], 0)  # one year alone
    np.testing.assert_array_equal(rows[-1], [*[0] * 12, 1])


def test_a_text_that_is_no_canonical_timestamp_fails_in_the_graph(fitted: Fitted) -> None:
    for text in ("2024-05-01", "01.05.2024 12:30", "2024-05-01T12:30:00Z", "soon"):
        with pytest.raises(tf.errors.InvalidArgumentError):
            fitted(time=[text])


def names(fitted: Fitted, feature: str) -> list[str]:
    return [name.decode() for name in fitted.output.vocabulary_by_name(f"vocabulary_{feature}")]


def test_a_set_is_the_ids_of_its_names(fitted: Fitted) -> None:
    rows = fitted(tags=["red|blue", "", "violet|unknown"])["tags"]
    assert rows.shape == (3, 32)
    known = names(fitted, "tags")
    assert known[0] == "red"  # the most frequent one
    read = [{known[number - 1] for number in row if number} for row in rows]
    assert read == [{"red", "blue"}, set(), {"violet"}]
    assert fitted.features["tags"].ids == len(known) + 1


def test_a_set_is_cut_and_its_rare_names_are_not_seen(fitted: Fitted) -> None:
    rows = fitted(top=["blue|red"], frequent=["violet|blue|red"], known=["blue|red|violet"])
    assert rows["top"].tolist() == [[1]]
    assert sorted(names(fitted, "frequent")) == ["blue", "red"]
    assert sorted(set(rows["frequent"][0])) == [0, 1, 2]
    assert rows["known"][0][:3].tolist() == [1, 2, 0]


@given(st.lists(st.lists(st.sampled_from(["red", "blue", "green", "violet", "other"])), min_size=1, max_size=5))
def test_the_graph_reads_sets_as_python_wrote_them(fitted: Fitted, given_names: list[list[str]]) -> None:
    form = SetForm("|")
    rows = fitted(tags=[form.canonical(one) for one in given_names])["tags"]
    known = names(fitted, "tags")
    for row, one in zip(rows, given_names, strict=True):
        assert sorted(number for number in row if number) == sorted(known.index(n) + 1 for n in set(one) if n in known)


def test_a_vector_is_scaled_element_by_element_and_a_missing_one_is_the_mean(fitted: Fitted) -> None:
    there = np.array([[float(part) for part in text.split()] for text in VECTORS if text])
    rows = fitted(vector=["1 2 3", ""], plain=["1 2 3", ""])
    expected = (np.array([1, 2, 3]) - there.mean(axis=0)) / there.std(axis=0)
    np.testing.assert_allclose(rows["vector"], [expected, [0, 0, 0]], rtol=1e-4)
    np.testing.assert_allclose(rows["plain"], [[1, 2, 3], there.mean(axis=0)], rtol=1e-5)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
def test_the_graph_reads_vectors_as_float32_does(fitted: Fitted, numbers: list[float]) -> None:
    rows = fitted(plain=[VectorForm(3).canonical(numbers)])["plain"]
    # TensorFlow flushes numbers below the smallest normal one to 0.
    np.testing.assert_allclose(rows[0], np.array(numbers, np.float32), rtol=0, atol=1.2e-38)


def test_a_place_is_a_point_on_a_sphere(fitted: Fitted) -> None:
    rows = fitted(lat=LATITUDE[:4], lon=LONGITUDE[:4])["place"]
    half = np.sqrt(0.5)
    np.testing.assert_allclose(rows[:, :3], [[1, 0, 0], [0, 0, 1], [0, 0, 0], [-half, 0, half]], atol=1e-6)
    known = np.array([number for place, number in enumerate(LATITUDE) if place != 2])
    np.testing.assert_allclose(rows[1, 3], (90 - known.mean()) / known.std(), rtol=1e-5)
    np.testing.assert_array_equal(rows[:, 5], [0, 0, 1, 0])
    np.testing.assert_array_equal(rows[2], [0, 0, 0, 0, 0, 1])


def test_a_hashed_name_has_an_id_below_their_number_and_a_missing_one_its_own(fitted: Fitted) -> None:
    ids = fitted(hashed=[*SECONDS, "never seen", ""])["hashed"]
    assert ids[-1] == 50
    assert ids[:-1].max() < 50
    assert len(set(ids[:-1])) > 40
    assert fitted.features["hashed"].ids == 51


def test_a_time_zone_is_taken_off() -> None:
    form = TimestampForm()
    moment = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
    assert form.canonical("2024-05-01T14:30:00+02:00") == form.canonical(moment.isoformat()) == "2024-05-01T12:30:00"
