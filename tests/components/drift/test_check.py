"""A small SavedModel, its statistics and schema; the new rows are files, as `slipway drift` takes them."""

import dataclasses
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tfx.components.example_validator.executor  # noqa: F401  TFDV needs what TFX prepares
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from analysis import out_of_fold, predictions
from analysis.drift import INFINITY, Drift
from components.drift import check, distances
from components.drift.measuring import Measuring
from prediction.files.rows import Chunk
from registry import dossier
from schemas import model_card
from schemas.description import Description
from schemas.errors import InputError
from schemas.home import Home
from schemas.model_card import ModelCard
from schemas.request_log import REDACTED
from schemas.tasks import MultiLabel, Regression, Several
from schemas.tasks.several import of_label
from tests.analysis.tables import table
from tests.components.drift.homes import CARD, SCHEMA, as_csv, make_home, passengers, statistics


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, make_card: Callable[..., ModelCard]) -> Home:
    return make_home(tmp_path_factory.mktemp("home"), make_card)


@pytest.fixture
def checked(home: Home, tmp_path: Path) -> Callable[..., Drift]:
    def checked(cells: dict[str, list[Any]]) -> Drift:
        return check.run(check.Request(home, "titanic", file=as_csv(tmp_path / "new.csv", cells)))

    return checked


def by_name(found: Drift) -> dict[str, Any]:
    return {one.column: one for one in found.columns}


def test_rows_like_those_of_the_training_have_not_drifted(checked: Callable[..., Drift]) -> None:
    found = checked(passengers(42))
    assert (found.judged, found.over, found.anomalies) == (True, False, ())
    assert by_name(found)["Sex"].distance == pytest.approx(0.02)
    assert by_name(found)["Sex"].change == "'male' 60.0% → 58.0%"
    assert by_name(found)["Sex"].measure == INFINITY
    assert by_name(found)["Age"].distance == pytest.approx(0, abs=1e-6)
    assert found.answers is not None
    assert found.answers.shares == {"died": pytest.approx(0.58), "survived": pytest.approx(0.42)}


def test_what_is_over_its_bound_is_named_first(checked: Callable[..., Drift]) -> None:
    found = checked(passengers(90))
    assert found.over
    assert found.columns[0].column == "Sex"
    assert (found.columns[0].distance, found.columns[0].bound) == (pytest.approx(0.5), pytest.approx(0.2))
    assert not by_name(found)["Age"].over
    assert found.answers is not None
    assert (found.answers.over, found.answers.bound) == (True, pytest.approx(0.05))  # the label's own


def test_a_number_that_moved_is_over(checked: Callable[..., Drift]) -> None:
    found = checked(passengers(40, older=30.0))
    assert [one.column for one in found.columns if one.over] == ["Age"]
    assert by_name(found)["Age"].change == "median 25 → 55"


def test_a_value_that_the_schema_does_not_know_is_over(checked: Callable[..., Drift]) -> None:
    cells = passengers(40)
    cells["Sex"][:3] = ["unknown"] * 3
    cells["Age"][0] = 300
    found = checked(cells)
    assert found.over
    assert not any(one.over for one in found.columns)
    assert len(found.anomalies) == 2
    assert all(text.startswith(("column 'Age'", "column 'Sex'")) for text in found.anomalies)


def test_missing_values_are_counted(checked: Callable[..., Drift]) -> None:
    cells = passengers(40)
    cells["Age"][:25] = [""] * 25
    age = by_name(checked(cells))["Age"]
    assert (age.missing, age.missing_before) == (pytest.approx(0.25), 0)


def test_few_rows_are_measured_and_not_judged(checked: Callable[..., Drift]) -> None:
    found = checked(passengers(20, rows=20))
    assert by_name(found)["Sex"].over
    assert (found.judged, found.over) == (False, False)
    assert any("50 of each are needed" in note for note in found.notes)


def test_the_record_is_kept_for_the_report(home: Home, checked: Callable[..., Drift]) -> None:
    found = checked(passengers(41))
    kept = sorted((home.reports("titanic") / "drift").glob("1.0.0-*.json"))[-1]
    assert Drift.from_json(json.loads(kept.read_text())) == found


def test_statistics_in_chunks_are_those_of_all_rows(make_card: Callable[..., ModelCard]) -> None:
    card, cells = make_card(**CARD), passengers(40)
    whole, measuring = statistics(card, cells), Measuring(card)
    for first in range(0, 100, 7):
        part = {name: values[first : first + 7] for name, values in cells.items()}
        inputs = {"Age": pa.array(part["Age"], pa.float32()), "Sex": pa.array(part["Sex"], pa.binary())}
        measuring.add(Chunk(pa.RecordBatch.from_pydict({"row": part["Age"]}), inputs, str))
    assert measuring.rows == 100
    schema = text_format.Parse(SCHEMA, schema_pb2.Schema())
    for one in distances.compare(measuring.statistics(), whole, schema, card).columns:
        assert one.distance == pytest.approx(0, abs=1e-6)


def test_without_any_comparator_each_column_has_the_default_bound(make_card: Callable[..., ModelCard]) -> None:
    card = make_card(**CARD)
    schema = text_format.Parse(SCHEMA, schema_pb2.Schema())
    for feature in schema.feature:
        feature.ClearField("drift_comparator")
    far, train = statistics(card, passengers(90)), statistics(card, passengers(40))
    found = {one.column: one for one in distances.compare(far, train, schema, card).columns}
    assert {one.bound for one in found.values()} == {distances.DEFAULT_BOUND}
    assert found["Sex"].over


def test_a_column_without_a_comparator_beside_others_is_measured_and_not_judged(
    make_card: Callable[..., ModelCard],
) -> None:
    card = make_card(**CARD)
    schema = text_format.Parse(SCHEMA, schema_pb2.Schema())
    next(feature for feature in schema.feature if feature.name == "Sex").ClearField("drift_comparator")
    far, train = statistics(card, passengers(90)), statistics(card, passengers(40))
    found = {one.column: one for one in distances.compare(far, train, schema, card).columns}
    assert (found["Sex"].bound, found["Sex"].over) == (None, False)
    assert found["Sex"].distance == pytest.approx(0.5)


def line(sex: str, age: float | None, *, model: str = "titanic") -> str:
    return json.dumps(
        {
            "time": "2026-01-01T00:00:00.000+00:00", "request_id": "a", "key": None, "model": model, "version": "1.0.0",
            "serving_version": 7, "input": {"Age": age, "Sex": sex}, "output": {"class": "died", "confidence": 0.9},
        }
    )  # fmt: skip


def log(path: Path, lines: Iterable[str], end: str = "\n") -> str:
    path.write_text("\n".join(lines) + end)
    return str(path)


def test_the_gateways_log_is_read_as_rows_and_other_models_are_passed_over(home: Home, tmp_path: Path) -> None:
    lines = [line("female", row % 50) for row in range(90)] + [line("male", None) for _ in range(10)]
    lines += [line("ship", 1, model="other")] * 5 + ['{"time": "2026']
    found = check.run(check.Request(home, "titanic", log=log(tmp_path / "log", lines, end="")))
    assert found.rows == 100
    assert by_name(found)["Sex"].distance == pytest.approx(0.5)
    assert by_name(found)["Age"].missing == pytest.approx(0.1)
    assert found.answers is not None
    assert found.answers.shares["survived"] == pytest.approx(0.9)  # the version's answers, and not those of the log


def test_redacted_columns_are_not_compared_and_the_model_is_not_asked(home: Home, tmp_path: Path) -> None:
    lines = [line(REDACTED, row % 50) for row in range(100)]
    found = check.run(check.Request(home, "titanic", log=log(tmp_path / "log", lines)))
    assert [one.column for one in found.columns] == ["Age"]
    assert found.answers is None
    assert not found.over
    assert found.notes[0] == "redacted, and so not compared: Sex"


def test_what_cannot_be_checked_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give the new rows"):
        check.run(check.Request(home, "titanic"))
    with pytest.raises(InputError, match="line 1: received 'no log'"):
        check.run(check.Request(home, "titanic", log=log(tmp_path / "log", ["no log"])))
    with pytest.raises(InputError, match="has no rows of titanic"):
        check.run(check.Request(home, "titanic", log=log(tmp_path / "log", [line("male", 1, model="other")])))
    with pytest.raises(InputError, match="has no column 'Sex'"):
        check.run(check.Request(home, "titanic", file=as_csv(tmp_path / "a.csv", {"Age": [1.0]})))


def test_a_version_whose_model_is_gone_is_compared_without_answers(home: Home, tmp_path: Path) -> None:
    folder = home.models("titanic") / "7"
    folder.rename(tmp_path / "away")
    try:
        file = as_csv(tmp_path / "new.csv", passengers(40))
        found = check.run(check.Request(home, "titanic", file=file))
    finally:
        (tmp_path / "away").rename(folder)
    assert found.answers is None
    assert any("answers are not compared" in note for note in found.notes)


def test_the_pictures_of_a_model_are_compared_by_answers_alone(make_card: Callable[..., ModelCard]) -> None:
    card = dataclasses.replace(make_card(), inputs={"image": {"type": "image", "tensor": "image"}})
    empty = statistics_pb2.DatasetFeatureStatisticsList()
    found = distances.compare(empty, empty, schema_pb2.Schema(), card)
    assert [(one.column, one.distance) for one in found.columns] == [("image", None)]


def test_of_several_tasks_the_answers_of_each_are_compared(tmp_path: Path, make_card: Callable[..., ModelCard]) -> None:
    tags = MultiLabel("tags", classes=("new", "old"))
    both = Several.of((Regression("price"), tags))
    card = model_card.of_description(
        Description("shop", both, {}), ["price.value", "tags.classes", "tags.probabilities"], {"task": both}, "c0de", {}
    )
    had = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.1], [0.6, 0.2]] * 5, np.float32)  # new: 3 of 4; old: never
    before = table(Regression("price"), np.arange(20.0), np.arange(20.0)), table(tags, np.zeros(20, int), had)
    for number, one in enumerate(before, start=1):
        out_of_fold.write(one, dossier.of_task(tmp_path, number) / predictions.FILE)
    found = [check._Answers(part) for part in card.parts()]
    outputs = {"price.value": np.arange(10.0), "tags.classes": np.array([b'["new"]', b'["new", "old"]'] * 5, object)}
    for part in found:
        part.add(of_label(part.card.label, outputs))
    price, tagged = (
        check._answers(dossier.of_task(tmp_path, number), part, schema_pb2.Schema())
        for number, part in enumerate(found, start=1)
    )
    assert (price.mean_before, price.mean, price.shares) == (9.5, 4.5, {})
    assert tagged.shares_before == {"new": 0.75, "old": 0.0} and tagged.shares == {"new": 1.0, "old": 0.5}
    assert (tagged.mean_before, tagged.mean) == (0.75, 1.5)
    assert tagged.over and tagged.p_value is not None and tagged.p_value < 0.01
