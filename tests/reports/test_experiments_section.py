"""The section of a dataset's K-fold, workflow and tuning: there where they are, with what they found."""

import dataclasses
import html
import json
import re
from pathlib import Path

import pytest

from analysis.folds import CrossValidation, FoldResult, spread
from analysis.trials import NAIVE, PAGE, REGULARISED, Search, Trial
from reports import report
from schemas.home import Home
from schemas.tasks import Metric
from tests.reports.workbook import models

ACCURACY = Metric("binary_accuracy", True, 1.0)
ROWS = {"train": 60, "eval": 20, "test": 41}
FOLDS = tuple(
    FoldResult(1, fold, fold, ROWS, {"binary_accuracy": value}, {"binary_accuracy": 0.62}, (3,))
    for fold, value in ((1, 0.91), (2, 0.93), (3, None))
)
KFOLD = CrossValidation(
    dataset="tumours", run_id="20260301T101500.000000", folds=3, repeats=1, rows=123, held_out=20, strata="classes", key=(),
    primary="binary_accuracy", metrics={"binary_accuracy": spread([0.91, 0.93, None], 0.5, ACCURACY)},
    naive=spread([0.62] * 3, 0.5), better=spread([0.29, 0.31], 0.5), results=FOLDS, settings=("epochs=7",), limit=0, notes=(),
    seconds={"total": 9.0}, predictions="p", figure="f", log="l",
)  # fmt: skip
TRIALS = (
    Trial(0, NAIVE, (), NAIVE, 0, 0.7, 0.71, {}, {"binary_accuracy": 0.6}),
    Trial(
        1, REGULARISED, ("dropout=0.25",), "dropout <b>0.25</b>", 90, 0.1, 0.2, {}, {"binary_accuracy": 0.95}, fit="overfits"
    ),
    Trial(2, PAGE, (), "the page's settings", 90, 0.1, None, {}, {"binary_accuracy": None}, fit="unknown"),
)  # fmt: skip
WORKFLOW = Search(
    dataset="tumours", kind="workflow", run_id="20260302T080000.000000", primary="binary_accuracy", trials=TRIALS, best=1,
    settings=("dropout=0.25",), test={"binary_accuracy": 0.94}, naive={"binary_accuracy": 0.6},
    examples={"train": 80, "eval": 31, "test": 20}, base=("epochs=7",), limit=0, notes=(), seconds={"total": 3.0}, figure="f",
    log="l",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path, tmp_path / "data")
    models.write(found.registry("tumours"), models.tumours(1.0), "1.0.0")
    return found


def keep(home: Home, kind: str, content: str) -> None:
    file = home.reports("tumours") / kind / "result.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)


def words(home: Home) -> str:
    page = report.write(home, "tumours").read_text(encoding="utf-8")
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def test_without_experiments_there_is_no_section(home: Home) -> None:
    keep(home, "tune", '{"dataset": "tumours"}')  # of another form
    assert 'id="experiments"' not in report.write(home, "tumours").read_text(encoding="utf-8")


def test_a_k_fold_stands_with_its_folds_and_its_interval(home: Home) -> None:
    keep(home, "kfold", json.dumps(KFOLD.to_json()))
    found = words(home)
    assert "3 folds of 123 examples, 2026-03-01 10:15, with epochs=7." in found
    mean = KFOLD.metrics["binary_accuracy"].mean
    assert f"The mean accuracy is 0.920 ({mean.low:.3f} to {mean.high:.3f}), better than the naive baseline's." in found
    assert "3 41 no value 0.620" in found
    assert (home.reports("tumours") / "1.0.0" / "figures" / "folds.png").exists()


def test_a_search_stands_with_its_trials_and_the_command_of_the_best(home: Home) -> None:
    keep(home, "workflow", json.dumps(WORKFLOW.to_json()))
    keep(home, "tune", json.dumps(dataclasses.replace(WORKFLOW, kind="tune", base=()).to_json()))
    found = words(home)
    assert (
        "2 trials, 2026-03-02 08:00, with epochs=7, compared on 31 eval examples. Trial 1 has the lowest eval loss"
        in found
    )
    assert "slipway run tumours --set epochs=7 --set dropout=0.25" in found
    assert "Tuning" in found and "slipway run tumours --set dropout=0.25" in found
    assert "dropout <b>0.25</b> 0.1 0.2 0.950 overfits" in found
    assert "the page's settings 0.1 no value no value unknown" in found
