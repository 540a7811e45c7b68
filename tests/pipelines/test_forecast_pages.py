"""What a page with a forecast implies, and what it may not say."""

from typing import Any

import pytest

from pipelines.spec import Category, Csv, Forecast, Monotone, Number, Pipeline, Splits, Submission, Tabular
from schemas import codec
from schemas.errors import SpecError
from schemas.features import History
from schemas.tasks import Task

TASK: dict[str, Any] = {"label": "sold", "time": "date", "series": ("store",), "window": 28, "horizon": 7}


def page(**changes: Any) -> Pipeline:
    task = Forecast(**(TASK | changes.pop("task", {})))
    return Pipeline(
        **({"name": "bakery", "source": Csv("x.csv"), "task": task, "features": {}, "model": Tabular()} | changes)
    )


def test_the_window_is_an_input_and_splits_are_by_time() -> None:
    made = page(features={"price": Number()}, slices=("store",))
    assert made.features == {"history": History(length=28), "price": Number()}
    assert made.splits == Splits(time="date", key=("store", "date"))
    assert made.columns() == {"history": "string", "price": "number", "store": "string", "sold": "label"}
    assert sorted(made.source_columns()) == ["date", "price", "sold", "store"]
    assert made.description.inputs()["history"] == {
        "type": "string",
        "tensor": "history",
        "form": "history",
        "length": "28",
    }


def test_shares_and_cuts_may_be_given() -> None:
    made = page(splits=Splits(train=8, eval=1, test=1, test_from="2024-01-01"), task={"time_format": "%Y-%m-%d"})
    assert made.splits.shares == (8, 1, 1) and made.splits.time == "date" and made.splits.time_format == "%Y-%m-%d"
    assert page(splits=Splits(time="date")).splits.time == "date"


def test_a_forecast_and_its_page_come_back_from_text() -> None:
    made = page(features={"store": Category()})
    task: Task = codec.loads(codec.dumps(made.task))
    assert task == made.task and task.label_width == 15 and task.judged == ("values",)
    assert codec.loads(codec.dumps(dict(made.features))) == made.features


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": {"horizon": 0}}, "task.horizon: received 0; use a whole number from 1 to 1000"),
        ({"task": {"window": 1}}, "task.window: received 1; use a whole number from 2 to 10000"),
        ({"task": {"gaps": "drop"}}, "task.gaps: received 'drop'; use one of fill, ignore"),
        ({"task": {"time": "sold"}}, "task.time: received 'sold'; use another column than the label"),
        ({"task": {"series": ("date",)}}, "task.series: received ('date',); use columns without the time"),
        ({"features": {"history": Number()}}, "features: received 'history'; use features without that name"),
        ({"features": {"sold": Number()}}, "features: received 'sold'; use features without the label"),
        ({"splits": Splits(time="day")}, "splits.time: received 'day'; use 'date', the time of the task"),
        ({"splits": Splits(salt=2)}, "splits.salt: received 2; use 0 with time"),
        ({"slices": ("step",)}, "slices: received 'step'; use columns of the last row of a window"),
        ({"features": {"price": Number()}, "contracts": (Monotone("price", "up"),)}, "contracts: received"),
        ({"submission": Submission(id="Id", column="Sold")}, "submission: received"),
        ({"features": {"step": Number()}}, "features: received 'step'; use another name"),
        ({"features": {"x": Number(derived="a:b", of=("step",))}}, "features: received 'step'; use another name"),
    ],
)
def test_a_mistake_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError) as caught:
        page(**changes)
    assert str(caught.value).startswith(f"bakery: {said}")
