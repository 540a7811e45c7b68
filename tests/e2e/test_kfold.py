"""`slipway kfold` as it is typed, on a part of Titanic. tests/pipelines/experiments has what a fold may and may not see."""

from pathlib import Path

import pytest

from analysis.folds import CrossValidation
from tests.e2e.command import Slipway

QUICK = ("titanic", "--folds", "2", "--limit", "300", "--set", "epochs=3", "--set", "ensemble=1")


@pytest.fixture(scope="module")
def slipway(home: Path, data: Path) -> Slipway:
    return Slipway(home, data)


def test_a_k_fold_tells_its_folds_and_the_next_one_takes_them_over(slipway: Slipway) -> None:
    found = CrossValidation.from_json(slipway.json("kfold", *QUICK))
    assert [sum(one.rows.values()) for one in found.results] == [found.rows] * 2
    assert found.key == ("PassengerId",) and found.strata == "classes" and found.limit == 300
    assert found.settings == ("epochs=3", "ensemble=1")
    assert 0.55 < found.metrics["binary_accuracy"].mean.value <= 1
    out, err = slipway("kfold", *QUICK)
    assert "Fold 2/2" in err and err.count("cached") == 6
    for one in found.results:
        assert f"{one.metrics['auc']:.4f}" in out
    assert f"the {found.held_out} examples of the test split were not touched" in out
    assert not list((slipway.home / "models" / "titanic").iterdir())


def test_folds_that_cannot_be_are_refused(slipway: Slipway) -> None:
    assert "--folds" in slipway.refused("kfold", "titanic", "--folds", "1")
    assert "at most" in slipway.refused("kfold", *QUICK, "--folds", "200")
