"""The learning curve by training-set size in the section on the fit."""

import dataclasses
import json
from types import SimpleNamespace

import pytest

from analysis import learning_curve
from analysis.learning_curve import CurvePoint, LearningCurve
from analysis.records import FitDiagnosis
from registry import dossier
from reports import report
from reports.sections.learning_curve import view
from schemas import codec
from schemas.home import Home
from schemas.models import Tabular
from schemas.records import Interval
from tests.reports import dossiers, models
from tests.reports.pages import Page


@pytest.fixture
def curve(home: Home) -> LearningCurve:
    """Of the very model and data that the home has a dossier of."""
    model = models.digits(0.01)
    analysis = models.analysed(model)
    folder = dossiers.write(home.registry("digits"), model, analysis, dossiers.verdict_of(analysis, model.task, 0.5))
    card = dossier.read(folder).card
    points = [
        CurvePoint(
            share=share,
            examples=int(1000 * share),
            train=0.1,
            eval=loss,
            metric=Interval(0.9, 0.87, 0.93),
            epochs=(9,),
            best_epochs=(7,),
        )
        for share, loss in ((0.25, 0.5), (0.5, 0.4), (1.0, None))
    ]
    return LearningCurve(
        dataset="digits",
        run_id="20261129T160000.000000",
        primary="accuracy",
        points=tuple(points),
        eval_examples=200,
        strata="classes",
        naive=0.1,
        fall=Interval(0.2, 0.1, 0.3),
        fit=FitDiagnosis("good fit", None, "The fit is good.", ()),
        settings=(),
        limit=0,
        configuration=card.configuration,
        fingerprint=card.data["fingerprint"],
        seconds={"total": 1.0},
        figure="",
        log="",
    )


def section(home: Home, text: str | None) -> str:
    """What the report says of the training, with this text as the learning curve's result.json."""
    if text is not None:
        file = learning_curve.folder(home, "digits") / learning_curve.FILE
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return Page(report.write(home, "digits").read_text(encoding="utf-8")).sections["training"]


def test_it_is_shown_with_its_figures_and_their_numbers(home: Home, curve: LearningCurve) -> None:
    text = section(home, json.dumps(curve.to_json()))
    assert learning_curve.sentence(curve) in text
    assert "Measured on 2026-11-29 by slipway learning-curve digits" in text and "the same 200 eval examples" in text
    assert "It was measured with" not in text
    for numbers in ("500 50.0% 7 of 9 0.1 0.4", "1,000 100% 7 of 9 0.1 no value", "250 0.900 (0.870 to 0.930)"):
        assert numbers in text
    figures = home.reports("digits") / "1.0.0" / report.FIGURES
    assert all((figures / f"size_{name}.png").is_file() for name in ("loss", "metric"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"configuration": {"model": {"hidden": [1]}}}, "other settings or features than"),
        ({"fingerprint": "0" * 64}, "other data than"),
        ({"limit": 100, "configuration": {}}, "other settings or features and other data than"),
    ],
)
def test_one_of_another_model_or_other_data_says_so(home: Home, curve: LearningCurve, changes, said: str) -> None:
    text = section(home, json.dumps(dataclasses.replace(curve, **changes).to_json()))
    assert f"It was measured with {said} those of this model." in text


def test_a_setting_that_came_later_is_no_other_setting(curve: LearningCurve, make_card) -> None:
    now = {"model": codec.encode(Tabular())}
    older = {"model": {name: value for name, value in now["model"].items() if name != "periodic"}}
    card = make_card(configuration=now, data={"fingerprint": curve.fingerprint, "limit": 0})
    shown = view(dataclasses.replace(curve, configuration=older), SimpleNamespace(record=SimpleNamespace(card=card)))
    assert shown.other == ""


def test_without_one_the_command_that_measures_it_is_named(home: Home, curve: LearningCurve) -> None:
    assert "slipway learning-curve digits" in section(home, None)


def test_one_that_cannot_be_read_is_named_as_missing_and_the_report_is_written(
    home: Home, curve: LearningCurve
) -> None:
    text = section(home, "{}")
    assert "slipway learning-curve digits" in text
    page = Page((home.reports("digits") / "1.0.0" / report.FILE).read_text(encoding="utf-8"))
    assert "result.json cannot be read" in page.text
