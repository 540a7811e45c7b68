"""A K-fold of a small table with planted columns that would give a leak away, in this process."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from analysis import predictions
from analysis.folds import CrossValidation
from pipelines.execution.session import Request
from pipelines.experiments import kfold
from pipelines.experiments.fold_plan import Plan
from pipelines.spec import Training
from schemas import events
from schemas.errors import InputError
from schemas.home import Home
from tests.pipelines.experiments.ships import ROWS, page

FOLDS = 3


@pytest.fixture(scope="module")
def heard() -> list[events.Event]:
    return []


@pytest.fixture(scope="module")
def result(home: Home, heard: list[events.Event]) -> CrossValidation:
    with events.listening(heard.append):
        return kfold.run(Request(page(), home), Plan(FOLDS), ["epochs=2"])


@pytest.fixture(scope="module")
def examples(home: Home, result: CrossValidation) -> dict[str, list[int]]:
    """The source's rows in each split of the folds."""
    (folder,) = home.pipeline("ships").glob("Folds.1/folds/*")
    return {
        split.name.removeprefix("Split-"): pq.read_table(split)["source_row"].to_pylist()
        for split in (folder / "keys").iterdir()
    }


def test_every_row_but_those_of_the_test_split_is_in_one_fold(
    result: CrossValidation, examples: dict[str, list[int]], home: Home
) -> None:
    rows = sorted(row for split in examples.values() for row in split)
    assert len(rows) == len(set(rows)) == result.rows
    (held_out,) = home.pipeline("ships").glob("ExampleGen/examples/*/keys/Split-test")
    test = pq.read_table(held_out)["source_row"].to_pylist()
    assert len(test) == result.held_out and not set(test) & set(rows)
    assert sorted([*rows, *test]) == list(range(1, ROWS + 1))


def test_rows_of_equal_key_are_in_one_fold(result: CrossValidation, examples: dict[str, list[int]]) -> None:
    assert result.key == ("owner",)
    owners = {split: {(row - 1) // 2 for row in rows} for split, rows in examples.items()}
    assert sum(map(len, owners.values())) == len(set.union(*owners.values()))


def vocabulary(home: Home, fold: int) -> set[str]:
    (file,) = home.pipeline("ships").glob(f"Transform.1.{fold}/transform_graph/*/transform_fn/assets/vocabulary_plate")
    return set(file.read_text().split())


@pytest.mark.parametrize("fold", range(1, FOLDS + 1))
def test_nothing_of_the_judged_fold_nor_of_what_stops_the_training_is_in_its_vocabulary(
    fold: int, home: Home, examples: dict[str, list[int]]
) -> None:
    learned = {row for other in range(1, FOLDS + 1) if other != fold for row in examples[f"fold-{other}-train"]}
    assert vocabulary(home, fold) == {f"plate-{row - 1}" for row in learned}


@pytest.mark.parametrize("fold", range(1, FOLDS + 1))
def test_scales_are_those_of_the_rows_that_are_learned_from(
    fold: int, home: Home, examples: dict[str, list[int]]
) -> None:
    import tensorflow as tf
    import tensorflow_transform as tft

    from components.features.transform_graph import TransformGraph

    (folder,) = home.pipeline("ships").glob(f"Transform.1.{fold}/transform_graph/*")
    graph = TransformGraph(tft.TFTransformOutput(str(folder)), "sunk")
    encoded = graph({"tons": tf.constant([0.0, 1.0]), "plate": tf.constant(["", ""])})["tons"].numpy()
    rows = [row for other in range(1, FOLDS + 1) if other != fold for row in examples[f"fold-{other}-train"]]
    tons = np.array([(row - 1) % 7 for row in rows], float)
    assert encoded == pytest.approx((np.array([0.0, 1.0]) - tons.mean()) / tons.std(), rel=1e-4)


def test_every_example_is_answered_by_the_model_that_has_not_seen_it(
    result: CrossValidation, examples: dict[str, list[int]]
) -> None:
    found = predictions.read(Path(result.predictions))
    assert found.info.split == "out-of-fold" and len(found) == result.rows
    rows = found.table["source_row"].to_pylist()
    assert rows == sorted(rows)
    assert found.table["input.plate"].to_pylist() == [f"plate-{row - 1}" for row in rows]
    assert found.table["label"].to_pylist() == ["yes" if (row - 1) % 3 else "no" for row in rows]
    right = dict(zip(rows, found.right.tolist(), strict=True))
    for one in result.results:
        judged = [*examples[f"fold-{one.fold}-train"], *examples[f"fold-{one.fold}-eval"]]
        assert one.rows["test"] == len(judged)
        assert one.metrics["binary_accuracy"] == pytest.approx(np.mean([right[row] for row in judged]))


def test_the_result_is_written_with_its_figure(result: CrossValidation, home: Home) -> None:
    folder = home.reports("ships") / "kfold"
    assert CrossValidation.from_json(json.loads((folder / "result.json").read_text())) == result
    assert (folder / "folds.png").read_bytes().startswith(b"\x89PNG")
    assert result.settings == ("epochs=2",) and result.strata == "classes"
    assert [one.seed for one in result.results] == [1, 2, 3]
    accuracies = [one.metrics["binary_accuracy"] for one in result.results]
    assert result.metrics["binary_accuracy"].mean.value == pytest.approx(np.mean(accuracies))


def test_each_fold_is_published_as_a_step_with_what_came_of_it(
    result: CrossValidation, heard: list[events.Event]
) -> None:
    folds = [event for event in heard if isinstance(event, events.StepFinished) and event.step.startswith("Fold")]
    assert [fold.step for fold in folds] == ["Fold 1/3", "Fold 2/3", "Fold 3/3"]
    for fold, one in zip(folds, result.results, strict=True):
        assert fold.detail == f"binary_accuracy {one.metrics['binary_accuracy']:.4f}"


def test_what_did_not_change_is_taken_over_and_repeats_divide_anew(result: CrossValidation, home: Home) -> None:
    again = kfold.run(Request(page(), home), Plan(FOLDS, repeats=2))
    assert [one.cached for one in again.results] == [True] * FOLDS + [False] * FOLDS
    assert [one.metrics for one in again.results[:FOLDS]] == [one.metrics for one in result.results]
    assert [one.seed for one in again.results[FOLDS:]] == [4, 5, 6]
    assert again.metrics["auc"].folds == 2 * FOLDS
    (first,), (second,) = (home.pipeline("ships").glob(f"Folds.{repeat}/folds/*") for repeat in (1, 2))
    rows = [
        pq.read_table(folder / "keys" / "Split-fold-1-train")["source_row"].to_pylist() for folder in (first, second)
    ]
    assert rows[0] != rows[1]
    assert len(predictions.read(Path(again.predictions))) == again.rows


def test_more_folds_than_the_rows_allow_are_refused(home: Home) -> None:
    with pytest.raises(InputError, match="cannot be divided into 40 folds"):
        kfold.run(Request(page(), home), Plan(40))


def test_several_workers_are_refused_before_anything_is_done(home: Home) -> None:
    with pytest.raises(InputError, match="workers"):
        kfold.run(Request(page(training=Training(workers=2)), home), Plan(2))
