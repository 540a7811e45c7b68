"""A learning curve of a small table with planted columns that would give a leak away, in this process."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from analysis import learning_curve as records
from analysis.learning_curve import LearningCurve
from pipelines.execution.session import Request
from pipelines.experiments import learning_curve
from pipelines.experiments.curve_plan import Plan
from pipelines.spec import Training
from schemas import events
from schemas.errors import InputError
from schemas.home import Home
from tests.pipelines.experiments.ships import page

SHARES = (0.25, 0.5)


@pytest.fixture(scope="module")
def heard() -> list[events.Event]:
    return []


@pytest.fixture(scope="module")
def result(home: Home, heard: list[events.Event]) -> LearningCurve:
    with events.listening(heard.append):
        return learning_curve.run(Request(page(), home), Plan(SHARES), ["epochs=2"])


def losses_of(home: Home, share: float) -> np.ndarray:
    """Of the eval examples."""
    from components.learning_curve import point

    (folder,) = home.pipeline("ships").glob(f"Point.{share:g}/point/*")
    return point.losses(str(folder))


def rows_of(home: Home, folder: str, split: str) -> set[int]:
    """The source's rows in a split."""
    (keys,) = home.pipeline("ships").glob(f"{folder}/*/keys/Split-{split}")
    return set(pq.read_table(keys)["source_row"].to_pylist())


@pytest.fixture(scope="module")
def learned(home: Home, result: LearningCurve) -> dict[float, set[int]]:
    found = {share: rows_of(home, f"Subset.{share:g}/subset", "train") for share in SHARES}
    return found | {1.0: rows_of(home, "ExampleGen/examples", "train")}


def test_a_larger_part_has_all_examples_of_a_smaller_one(result: LearningCurve, learned: dict[float, set[int]]) -> None:
    assert learned[0.25] < learned[0.5] < learned[1.0]
    assert [point.examples for point in result.points] == [len(rows) for rows in learned.values()]
    assert [point.share for point in result.points] == [0.25, 0.5, 1]
    sunk = {share: sum((row - 1) % 3 > 0 for row in rows) for share, rows in learned.items()}
    assert all(abs(count - share * sunk[1.0]) <= 0.5 for share, count in sunk.items())


@pytest.mark.parametrize(("share", "node"), [(0.25, "Transform.0.25"), (0.5, "Transform.0.5"), (1.0, "Transform")])
def test_a_vocabulary_is_of_the_examples_that_are_learned_from(
    share: float, node: str, home: Home, learned: dict[float, set[int]]
) -> None:
    (file,) = home.pipeline("ships").glob(f"{node}/transform_graph/*/transform_fn/assets/vocabulary_plate")
    assert set(file.read_text().split()) == {f"plate-{row - 1}" for row in learned[share]}


def test_all_sizes_are_compared_on_the_eval_split_and_the_test_split_is_untouched(
    result: LearningCurve, home: Home, learned: dict[float, set[int]]
) -> None:
    evaluation, test = (rows_of(home, "ExampleGen/examples", split) for split in ("eval", "test"))
    assert result.eval_examples == len(evaluation)
    assert not learned[1.0] & (evaluation | test)
    for share in (*SHARES, 1.0):
        assert len(losses_of(home, share)) == len(evaluation)


def test_the_losses_behind_the_points_give_the_fall_and_the_naive_baseline_is_there(
    result: LearningCurve, home: Home
) -> None:
    before, after = (losses_of(home, share) for share in (0.5, 1.0))
    assert (result.points[1].eval, result.points[2].eval) == pytest.approx((before.mean(), after.mean()))
    assert result.fall == records.fall(before, after)
    assert 0.5 < result.naive < 0.8
    for point in result.points:
        assert point.metric.low < point.metric.value < point.metric.high
    assert result.points[-1].epochs == (2,) and 2 <= result.points[0].epochs[0] <= 8


def test_the_diagnosis_says_what_the_sizes_are(result: LearningCurve) -> None:
    before, whole = result.points[-2:]
    evidence = " ".join(result.fit.evidence)
    assert f"with {before.examples} examples" in evidence and f"with {whole.examples};" in evidence
    assert "Test labels" not in evidence


def test_the_result_is_written_with_its_figures(result: LearningCurve, home: Home) -> None:
    folder = home.reports("ships") / "learning_curve"
    assert LearningCurve.from_json(json.loads((folder / "result.json").read_text())) == result
    for file in (Path(result.figure), folder / "size_metric.png"):
        assert file.parent == folder and file.read_bytes().startswith(b"\x89PNG")
    assert result.settings == ("epochs=2",) and result.strata == "classes"


def test_each_size_is_published_as_a_step_with_what_came_of_it(
    result: LearningCurve, heard: list[events.Event]
) -> None:
    sizes = [event for event in heard if isinstance(event, events.StepFinished) and event.step.startswith("Size")]
    assert [size.step for size in sizes] == ["Size 25%", "Size 50%", "Size 100%"]
    for size, point in zip(sizes, result.points, strict=True):
        assert size.detail == f"eval loss {point.eval:.4g}, {point.examples} examples"


def test_sizes_that_were_measured_are_taken_over(result: LearningCurve, home: Home) -> None:
    again = learning_curve.run(Request(page(), home), Plan((0.5, 0.75)))
    assert [point.cached for point in again.points] == [True, False, True]
    assert again.points[0].eval == result.points[1].eval


def test_a_size_of_too_few_examples_is_refused_with_one_that_is_enough(home: Home) -> None:
    with pytest.raises(InputError, match=r"--sizes: received 0\.01, which is 2 of \d+ training examples; at least 10"):
        learning_curve.run(Request(page(), home), Plan((0.01,)))


def test_several_workers_are_refused_before_anything_is_done(home: Home) -> None:
    with pytest.raises(InputError, match="workers: received 2"):
        learning_curve.run(Request(page(training=Training(workers=2)), home), Plan((0.5,)))
