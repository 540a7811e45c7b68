"""Mistakes in `kfold`, `workflow` and `tune` as they are typed, and what their results look like."""

import dataclasses
import io
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from analysis.folds import Contradicted, CrossValidation, FoldResult, spread
from analysis.trials import NAIVE, REGULARISED, SCALED, Search, Trial
from cli import kfold_display, search_display
from cli.app import app
from schemas.errors import InputError
from schemas.tasks import Metric

ACCURACY = Metric("accuracy", True, 1.0)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            ("tune", "digits", "--only", "seed"),
            "--only 'seed': no setting that can be tuned; these can: balanced, batch_norm",
        ),
        (("tune", "digits", "--set", "workers=2"), "workers: received 2"),
        (("workflow", "digits", "--set", "workers=2"), "workers: received 2"),
        (("kfold", "digits", "--set", "workers=2"), "workers: received"),
        (("run", "digits", "--tuned"), "--tuned: digits was not tuned yet"),
        (("kfold", "digitz"), "did you mean digits"),
    ],
)
def test_a_mistake_is_found_before_anything_is_loaded(command, message, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    error = CliRunner().invoke(app, command).exception
    assert isinstance(error, InputError) and message in str(error)
    assert not (tmp_path / "home").exists()


def shown(show, result) -> str:
    console = Console(file=io.StringIO(), width=100)
    show(result, console)
    return console.file.getvalue()


def folds(better: tuple[float, float], repeats: int = 1) -> CrossValidation:
    results = tuple(
        FoldResult(1, fold, fold, {"train": 8, "eval": 2, "test": 5}, {"accuracy": value}, {"accuracy": 0.25}, epochs)
        for fold, value, epochs in ((1, 0.8125, (3,)), (2, None, (4, 9)))
    )
    return CrossValidation(
        dataset="digits", run_id="r", folds=2, repeats=repeats, rows=10, held_out=7, strata="classes", key=("owner",),
        primary="accuracy", metrics={"accuracy": spread([0.8125, None], 1.0, ACCURACY)}, naive=spread([0.25, 0.25], 1.0),
        better=spread(better, 1.0), results=results, settings=(), limit=20, notes=("a note",), seconds={"total": 3.0},
        predictions="p", figure="f", log="l", contradicted=tuple(Contradicted("k", row, "a", "b", 0.1) for row in range(1, 8)),
    )  # fmt: skip


def test_the_folds_stand_side_by_side() -> None:
    text = shown(kfold_display.show, folds((0.5, 0.6)))
    assert "digits, 2 folds of 10 examples" in text and "rows of equal owner in one fold" in text
    assert (
        "the 7 examples of the test split were not touched" in text and "at most 20 rows" in text and "a note" in text
    )
    lines = [line.split() for line in text.splitlines()]
    assert ["1", "5", "0.8125", "0.2500", "3"] in lines and ["2", "5", "-", "0.2500", "4-9"] in lines
    assert "labels that may be wrong, by row of the source (answer, not label): 1 (b, not a)" in text
    assert "5 (b, not a) and 2 more" in text


def test_repeats_are_named_beside_the_fold() -> None:
    lines = [line.split() for line in shown(kfold_display.show, folds((0.5, 0.6), repeats=2)).splitlines()]
    assert ["1.1", "5", "0.8125", "0.2500", "3"] in lines


@pytest.mark.parametrize(
    ("better", "words"),
    [
        ((0.5, 0.5), "is better than"),
        ((0.9, -0.3), "is not surely better than"),
        ((0.5, None), "has no value in enough folds"),
    ],
)
def test_the_last_line_says_whether_the_model_is_better_than_the_naive_baseline(better, words) -> None:
    assert f"accuracy {words}" in shown(kfold_display.show, folds(better))


def search(kind: str) -> Search:
    trials = (
        Trial(0, NAIVE, (), NAIVE, 0, 0.7, 0.71, {}, {"accuracy": 0.25}),
        Trial(1, SCALED, ("hidden=8",), "hidden 8", 9, 0.3, 0.4, {}, {"accuracy": 0.8}, 9, 4, "good fit"),
        Trial(2, REGULARISED, ("hidden=8", "l2=0.1"), "L2 0.1", 9, 0.3, None, {}, {"accuracy": None}, 9, 4, "unknown"),
    )
    return Search(
        dataset="digits", kind=kind, run_id="r", primary="accuracy", trials=trials, best=1, settings=("hidden=8",),
        test={"accuracy": 0.75}, naive={"accuracy": 0.3}, examples={"train": 8, "eval": 2, "test": 3}, base=("epochs=9",),
        limit=0, notes=("a note",), seconds={"total": 3.0}, figure="f", log="l",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["workflow", "tune"])
def test_the_trials_stand_by_stage_and_the_best_one_is_a_command(kind: str) -> None:
    text = shown(search_display.show, search(kind))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "1 hidden 8 4/9 0.3000 0.4000 0.8000 good fit" in lines and "2 L2 0.1 4/9 0.3000 - - unknown" in lines
    assert lines.index("scaled up") < lines.index("regularised")
    assert (
        "best: trial 1" in " ".join(lines) and "accuracy 0.7500 (naive baseline: accuracy 0.3000) on 3 examples" in text
    )
    assert "slipway run digits --set epochs=9 --set hidden=8" in text
    assert ("slipway run digits --tuned" in text) == (kind == "tune")


def test_a_setting_that_the_shell_would_split_is_quoted() -> None:
    found = dataclasses.replace(search("tune"), settings=("key=a b",))
    assert search_display.command(found) == "slipway run digits --set epochs=9 --set 'key=a b'"
    of_graph = search_display.command(found, Path("a b.json"))
    assert of_graph == "slipway run digits --graph 'a b.json' --set epochs=9 --set 'key=a b'"
