"""A page that divides by time, on fifty years of the Mauna Loa record: run, describe, folds and parts that know no future."""

from pathlib import Path
from typing import Any

import pytest
import statsmodels.api as sm

from analysis.folds import CrossValidation
from components.data import keys
from registry import version_map
from schemas.model_card import ModelCard
from tests.e2e.command import Slipway, copy_of_code

PAGE = '''"""How much carbon dioxide will the next week have? Mauna Loa, weekly."""

from pipelines.spec import Csv, Number, Pipeline, Regression, Splits, Tabular, Training

pipeline = Pipeline(
    name="air",
    source=Csv("air.csv"),
    task=Regression(label="co2"),
    features={"last": Number(), "before": Number()},
    model=Tabular(hidden=(), dropout=0.0),
    training=Training(epochs=60, batch_size=32, learning_rate=1e-2),
    splits=Splits(time="date", time_format="%d.%m.%Y"),
)
'''


@pytest.fixture(scope="module")
def slipway(tmp_path_factory: pytest.TempPathFactory) -> Slipway:
    folder = tmp_path_factory.mktemp("time")
    code = copy_of_code(folder)
    (code / "pipelines" / "air.py").write_text(PAGE)
    (folder / "data" / "air").mkdir(parents=True)
    weeks = sm.datasets.co2.load_pandas().data.dropna()
    weeks = weeks.assign(last=weeks["co2"].shift(1), before=weeks["co2"].shift(2)).dropna()
    weeks["date"] = weeks.index.strftime("%d.%m.%Y")
    # In any order: it is the column that says what is old.
    weeks.sample(frac=1, random_state=1).to_csv(folder / "data" / "air" / "air.csv", index=False)
    return Slipway(folder / "home", folder / "data", code)


@pytest.fixture(scope="module")
def first(slipway: Slipway) -> dict[str, Any]:
    return slipway.json("run", "air")


def card(slipway: Slipway) -> ModelCard:
    (pushed,) = version_map.cards(slipway.home / "models" / "air")
    return pushed


def times(uri: str, split: str) -> list[int]:
    files = sorted(Path(uri, "keys", f"Split-{split}").iterdir())
    return [time for file in files for time in keys.read(uri, split, f"{file.stem}.gz")["time"].to_pylist()]


def test_the_newest_rows_judge_and_the_card_says_from_when_on(slipway: Slipway, first: dict[str, Any]) -> None:
    assert first["blessed"]
    found = card(slipway)
    assert found.splits["eval_from"] < found.splits["test_from"] < "2002"
    train, evaluation, test = (times(found.data["examples"], split) for split in ("train", "eval", "test"))
    assert max(train) < min(evaluation) <= max(evaluation) < min(test)
    rows = found.data["rows"]
    assert [rows[split] / sum(rows.values()) for split in rows] == pytest.approx([0.7, 0.15, 0.15], abs=0.01)
    report = (slipway.home / "reports" / "air" / "1.0.0" / "report.html").read_text()
    assert f"Divided by time, date: eval is from {found.splits['eval_from']} on" in report
    assert "by time: the oldest rows by date" in slipway("describe", "air")[0]


def test_a_later_test_split_is_compared_with_the_last_blessed_model(slipway: Slipway, first: dict[str, Any]) -> None:
    assert not first["baseline"]
    later = slipway.json(
        "run", "air", "--set", "eval_from=01.01.1995", "--set", "test_from=01.01.1999", "--set", "seed=3"
    )
    assert later["baseline"]


def test_folds_follow_each_other_in_time(slipway: Slipway) -> None:
    found = CrossValidation.from_json(slipway.json("kfold", "air", "--folds", "2", "--set", "epochs=5"))
    first, second = found.results
    assert second.rows["train"] + second.rows["eval"] > first.rows["train"] + first.rows["eval"]
    assert first.rows["test"] + first.rows["train"] + first.rows["eval"] == second.rows["train"] + second.rows["eval"]
    assert found.time == "date" and "follow each other in time" in found.notes[0]


def test_the_parts_of_a_learning_curve_are_the_most_recent_rows(slipway: Slipway) -> None:
    out, _ = slipway("learning-curve", "air", "--sizes", "0.5,1", "--set", "epochs=5")
    assert "each part the most recent examples" in out
