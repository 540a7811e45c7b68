"""Distances between distributions, and the statistics that they are measured against."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tfx.components.example_validator.executor  # noqa: F401  TFDV needs what TFX prepares
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components.data import example_validator, past_statistics
from components.data.example_validator import FEWEST_ROWS, compare, distances
from components.data.past_statistics import Past
from schemas import events
from schemas.model_card import ModelCard

Statistics = statistics_pb2.DatasetFeatureStatisticsList
SCHEMA = text_format.Parse(
    """
    feature {
      name: "Sex" type: BYTES
      skew_comparator { infinity_norm { threshold: 0.3 } } drift_comparator { infinity_norm { threshold: 0.2 } }
    }
    feature {
      name: "Age" type: FLOAT
      skew_comparator { jensen_shannon_divergence { threshold: 0.3 } }
      drift_comparator { jensen_shannon_divergence { threshold: 0.2 } }
    }
    """,
    schema_pb2.Schema(),
)


def statistics(**columns: Iterable[Any]) -> Statistics:
    from tensorflow_data_validation import StatsOptions
    from tensorflow_data_validation.statistics import stats_impl

    kinds = {str: pa.binary(), float: pa.float32()}
    arrays = {}
    for name, values in columns.items():
        listed = list(values)
        encoded = [[value.encode()] if isinstance(value, str) else [value] for value in listed]
        arrays[name] = pa.array(encoded, pa.list_(kinds[type(listed[0])]))
    return stats_impl.generate_statistics_in_memory(pa.RecordBatch.from_pydict(arrays), StatsOptions())


def people(women: int, rows: int = 100, older: float = 0.0) -> Statistics:
    sexes = ["female"] * women + ["male"] * (rows - women)
    return statistics(Sex=sexes, Age=[older + i % 50 for i in range(rows)])


def test_equal_distributions_have_no_distance() -> None:
    anomalies = compare(people(40), SCHEMA, skew=people(40), drift=people(40))
    assert not anomalies.anomaly_info
    assert distances(anomalies, "skew") == distances(anomalies, "drift") == []


def test_each_comparison_is_measured_by_its_own_threshold() -> None:
    anomalies = compare(people(40), SCHEMA, skew=people(65), drift=people(65))
    assert distances(anomalies, "skew") == []
    assert distances(anomalies, "drift") == ["column 'Sex': L-infinity distance 0.250, allowed 0.2"]


def test_a_number_that_moved_is_far_away() -> None:
    anomalies = compare(people(40), SCHEMA, skew=people(40, older=100.0), drift=None)
    assert distances(anomalies, "skew") == ["column 'Age': Jensen-Shannon divergence 1.000, allowed 0.3"]


@pytest.mark.parametrize(("rows", "found"), [(FEWEST_ROWS - 1, 0), (FEWEST_ROWS, 1)])
def test_small_splits_are_not_compared_and_that_is_said(rows: int, found: int) -> None:
    heard: list[events.Event] = []
    with events.listening(heard.append):
        anomalies = compare(people(0), SCHEMA, skew=people(rows, rows), drift=None)
    assert len(distances(anomalies, "skew")) == found
    assert list(map(str, heard)) == (
        [] if found else ["skew is not checked: train has 100 rows, test 49; 50 are needed"]
    )


def test_columns_that_the_past_does_not_have_are_not_compared() -> None:
    anomalies = compare(people(40), SCHEMA, skew=people(40), drift=statistics(Sex=["male"] * 100))
    assert distances(anomalies, "drift") == ["column 'Sex': L-infinity distance 0.400, allowed 0.2"]


def test_findings_beyond_three_are_counted() -> None:
    with pytest.raises(example_validator.AnomalyError) as caught:
        example_validator._stop("ships: broken", list("abcde"), "mend it")
    assert str(caught.value) == "ships: broken: a; b; c (and 2 more); mend it"


MakeCard = Callable[..., ModelCard]


def push(make_card: MakeCard, models: Path, registry: Path, serving: int, fingerprint: str, limit: int = 0) -> None:
    """A pushed model of some data, with the statistics that the Pusher keeps."""
    data = {"fingerprint": fingerprint, "limit": limit, "rows": {}}
    card = make_card(version=f"1.0.{serving}", serving_version=serving, data=data)
    card.write(models / str(serving))
    past_statistics.keep(people(serving), registry, card)


def test_without_a_pushed_model_there_is_no_past(tmp_path: Path) -> None:
    assert past_statistics.last(tmp_path, tmp_path, "a", 0) == Past()


def test_the_past_is_the_newest_model_s_data(make_card: MakeCard, tmp_path: Path) -> None:
    push(make_card, tmp_path / "models", tmp_path, 1, "a")
    push(make_card, tmp_path / "models", tmp_path, 2, "b")
    past = past_statistics.last(tmp_path / "models", tmp_path, "c", 0)
    assert past.version == "1.0.2"
    assert Statistics.FromString(Path(past.path).read_bytes()) == people(2)


def test_statistics_of_the_same_data_made_otherwise_are_another_file(make_card: MakeCard, tmp_path: Path) -> None:
    push(make_card, tmp_path / "models", tmp_path, 1, "a")
    first = past_statistics.last(tmp_path / "models", tmp_path, "b", 0)
    push(make_card, tmp_path / "models", tmp_path, 2, "a")  # of another salt, or with a feature more
    second = past_statistics.last(tmp_path / "models", tmp_path, "b", 0)
    assert first.path != second.path
    assert [Statistics.FromString(Path(past.path).read_bytes()) for past in (first, second)] == [people(1), people(2)]


def test_unchanged_data_is_not_compared_so_that_the_step_stays_cached(make_card: MakeCard, tmp_path: Path) -> None:
    push(make_card, tmp_path / "models", tmp_path, 1, "a")
    assert past_statistics.last(tmp_path / "models", tmp_path, "a", 0) == Past()


def test_a_model_of_another_limit_is_passed_over(make_card: MakeCard, tmp_path: Path) -> None:
    push(make_card, tmp_path / "models", tmp_path, 1, "a", limit=100)
    assert past_statistics.last(tmp_path / "models", tmp_path, "b", 0) == Past()
    assert past_statistics.last(tmp_path / "models", tmp_path, "b", 100).version == "1.0.1"


def test_a_model_that_was_pushed_without_statistics_is_not_compared_with(make_card: MakeCard, tmp_path: Path) -> None:
    push(make_card, tmp_path / "models", tmp_path, 1, "a")
    (tmp_path / "statistics" / "1.pb").unlink()
    assert past_statistics.last(tmp_path / "models", tmp_path, "b", 0) == Past()
