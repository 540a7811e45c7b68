"""`slipway diff`, on the answers of real models."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar
from typer.testing import CliRunner

from analysis import predictions
from cli.app import app
from registry import dossier, labels
from schemas.errors import InputError
from schemas.home import Home
from tests.reports.workbook import models


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    found = Home.from_environment()
    for version, strength in (("1.0.0", 0.001), ("1.1.0", 1.0), (None, 0.1)):
        models.write(found.registry("tumours"), models.tumours(strength), version)
    return found


def invoke(*words: str) -> str:
    return CliRunner().invoke(app, ["diff", *words], catch_exceptions=False, standalone_mode=False).stdout


def found(*words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(invoke(*words, "--json"))
    return answer


def test_it_says_what_was_changed_and_what_became_of_the_answers(home: Home) -> None:
    difference = found("tumours", "1.0.0", "1.1.0")
    assert difference["difference"]["parameters"] == [{"name": "training.strength", "before": 0.001, "after": 1.0}]
    before, after = (predictions.read(home.registry("tumours") / version) for version in ("1.0.0", "1.1.0"))
    fixed, broken = (int(np.sum(a & ~b)) for a, b in ((after.right, before.right), (before.right, after.right)))
    sides = difference["comparison"]["sides"]
    assert (sides["fixed"], sides["broken"]) == (fixed, broken) and fixed > broken
    both = int(np.sum(before.right & after.right)), int(np.sum(~before.right & ~after.right))
    expected = mcnemar([[both[0], broken], [fixed, both[1]]], exact=fixed + broken < 25, correction=True).pvalue
    assert sides["p_value"] == pytest.approx(min(1.0, expected))
    assert len(difference["comparison"]["improved"]) == fixed
    text = invoke("tumours", "1.0.0", "1.1.0")
    assert "training.strength 0.001 to 1.0" in text and f"{fixed} fixed, {broken} broken" in text
    assert f"fixed, the first 10 of {fixed}" in text and text.count("   row ") == 10 + min(broken, 10)
    assert "McNemar's test" in text and "mean radius" in text


def test_each_of_several_labels_is_compared(home: Home) -> None:
    one = found("tumours", "1.0.0", "1.1.0")
    assert one["tasks"] == {}
    rewrite(home, "1.0.0", "size", "kind")
    rewrite(home, "1.1.0", "kind", "place")
    several = found("tumours", "1.0.0", "1.1.0")
    assert several["tasks"] == {"kind": one["comparison"]} and several["comparison"] == one["comparison"]
    text = invoke("tumours", "1.0.0", "1.1.0")
    assert "\n kind\n" in text and "size" not in text.partition("kind")[2]


def test_a_label_whose_task_changed_is_left_out_and_the_others_are_compared(home: Home) -> None:
    one = found("tumours", "1.0.0", "1.1.0")
    rewrite(home, "1.0.0", "size", "kind", size="Regression")
    rewrite(home, "1.1.0", "size", "kind")
    several = found("tumours", "1.0.0", "1.1.0")
    assert several["tasks"] == {"kind": one["comparison"]}
    assert several["notes"] == ["the answers to size are not compared: a Regression became a BinaryClassification"]


def rewrite(home: Home, version: str, *names: str, **kinds: str) -> None:
    """Makes a version one of two labels, to which it has the same answers; ``kinds``: the task of some, by label."""
    folder = home.registry("tumours") / version
    record = json.loads((folder / dossier.RECORD).read_text())
    card = record["card"]
    own = {name: card[name] for name in ("task", "classes", "share")}
    tasks = [own | {"label": label} | ({"task": kinds[label]} if label in kinds else {}) for label in names]
    card["configuration"]["task"] = {"tasks": [{}, {}]}
    record["card"] = card | {"task": "Several", "classes": None, "tasks": tasks}
    (folder / dossier.RECORD).write_text(json.dumps(record))
    dossier.of_task(folder, 2).mkdir(parents=True)
    shutil.copy(folder / predictions.FILE, dossier.of_task(folder, 2))


def test_versions_are_named_by_label_and_run_and_are_the_last_two_without_any(home: Home) -> None:
    assert (found("tumours")["before"], found("tumours")["after"]) == ("1.0.0", "1.1.0")
    one = found("tumours", "20261129T145524.refused")
    assert (one["before"], one["after"]) == ("20261129T145524.refused", "1.1.0")
    card = models.dossiers.dossier.read(home.registry("tumours") / "1.0.0").card
    labels.put(home.registry("tumours"), "stable", card, "")
    assert found("tumours", "1.1.0", "stable")["after"] == "1.0.0"


def test_a_regression_counts_answers_that_came_nearer(home: Home) -> None:
    for version, strength in (("1.0.0", 100.0), ("1.1.0", 0.1)):
        models.write(home.registry("diabetes"), models.diabetes(strength), version)
    one = found("diabetes")["comparison"]
    assert one["sides"] is None and one["improved_count"] + one["worsened_count"] == one["joined"]
    assert f"{one['improved_count']} nearer to the label" in invoke("diabetes")


def test_without_predictions_the_metrics_of_the_verdicts_stand_and_it_says_so(home: Home) -> None:
    (home.registry("tumours") / "1.0.0" / predictions.FILE).unlink()
    one = found("tumours")
    assert one["comparison"] is None and one["metrics_before"]["binary_accuracy"] is not None
    assert one["notes"] == ["no answers are compared: the dossier of 1.0.0 has no predictions.parquet"]
    text = invoke("tumours")
    assert "note: no answers are compared" in text and "binary_accuracy" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tumours", "1.0.0", "9.0.0"), "no version '9.0.0'"),
        (("tumours", "1.0.0", "1.1.0", "1.0.0"), "received 3 versions"),
        (("digits",), "digits has 0 pushed versions; two are needed"),
        (("tumour",), "unknown dataset 'tumour'"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(home: Home, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        invoke(*words)
    assert message in str(caught.value) and "\n" not in str(caught.value)
