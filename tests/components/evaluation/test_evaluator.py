"""What our Evaluator adds to TFX's; whole evaluations are in tests/e2e."""

from pathlib import Path

import pytest
from tfx.types import standard_artifacts

from components.evaluation.evaluator import _bless, _number, _slice_value
from schemas.tasks import MulticlassClassification, Regression

TOPIC = MulticlassClassification("topic", ("earn", "acq", "crude"))


@pytest.fixture
def blessing(tmp_path: Path) -> standard_artifacts.ModelBlessing:
    artifact = standard_artifacts.ModelBlessing()
    artifact.uri = str(tmp_path)
    return artifact


def test_a_blessing_is_a_file_and_a_property(blessing: standard_artifacts.ModelBlessing, tmp_path: Path) -> None:
    _bless(blessing, True)
    assert [file.name for file in tmp_path.iterdir()] == ["BLESSED"]
    assert blessing.get_int_custom_property("blessed") == 1


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("last", [True, False])
def test_our_verdict_counts_over_one_that_is_there(
    blessing: standard_artifacts.ModelBlessing, tmp_path: Path, first: bool, last: bool
) -> None:
    _bless(blessing, first)
    _bless(blessing, last)
    assert [file.name for file in tmp_path.iterdir()] == ["BLESSED" if last else "NOT_BLESSED"]
    assert blessing.get_int_custom_property("blessed") == int(last)


def test_a_slice_of_the_label_is_named_by_its_class() -> None:
    assert [_slice_value(TOPIC, "topic", index) for index in (0, 2)] == ["earn", "crude"]
    assert _slice_value(TOPIC, "topic", b"1") == "acq"


def test_other_slices_are_named_as_they_are() -> None:
    assert _slice_value(TOPIC, "words", b"50 to 99") == "50 to 99"
    assert _slice_value(TOPIC, "year", 1) == "1"
    assert _slice_value(Regression("price"), "price", 2.5) == "2.5"


def test_a_metric_without_a_value_is_none() -> None:
    assert [_number(value) for value in ("NaN", "Infinity", 0.5, "0.25")] == [None, None, 0.5, 0.25]
