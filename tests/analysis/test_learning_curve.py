"""What is said of more examples, of constructed learning curves; the interval against SciPy's paired t-test."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from analysis import learning_curve
from analysis.fit import SizeLoss
from analysis.learning_curve import CurvePoint, LearningCurve, sentence
from analysis.records import FitDiagnosis
from schemas.errors import InputError
from schemas.home import Home
from schemas.records import Interval


def point(examples: int, evaluation: float | None) -> CurvePoint:
    found = {"train": 0.1, "eval": evaluation, "metric": Interval(0.9, 0.8, 1.0), "epochs": (5,), "best_epochs": (3,)}
    return CurvePoint(share=examples / 1000, examples=examples, **found)


def curve(*points: tuple[int, float | None], fall: Interval) -> LearningCurve:
    return LearningCurve(
        dataset="ships",
        run_id="20261129T160000.000000",
        primary="accuracy",
        points=tuple(point(*each) for each in points),
        eval_examples=150,
        strata="classes",
        naive=0.5,
        fall=fall,
        fit=FitDiagnosis("good fit", None, "The fit is good.", ()),
        settings=(),
        limit=0,
        configuration={},
        fingerprint="f",
        seconds={"total": 1.0},
        figure="size_loss.png",
        log="log",
    )


def test_the_fall_has_the_interval_of_the_paired_t_test() -> None:
    random = np.random.default_rng(0)
    before = random.gamma(2, 0.2, 150)
    after = before * random.uniform(0.5, 1.2, 150)
    expected = stats.ttest_rel(before, after).confidence_interval(0.95)
    found = learning_curve.fall(before, after)
    assert found.value == pytest.approx(1 - after.mean() / before.mean())
    assert (found.low, found.high) == pytest.approx([bound / before.mean() for bound in expected])


@pytest.mark.parametrize("after", [[0.1, np.inf], [0.1, np.nan]])
def test_an_infinite_loss_has_no_fall(after: list[float]) -> None:
    assert learning_curve.fall(np.array([0.2, 0.3]), np.array(after)).value is None


@pytest.mark.parametrize(
    ("loss", "fall", "said"),
    [
        (0.30, Interval(0.25, 0.15, 0.35), "more are likely to help."),
        (0.30, Interval(0.25, -0.1, 0.6), "more may help, but 150 eval examples are too few to be sure."),
        (0.39, Interval(0.025, 0.01, 0.04), "more are not likely to help much."),
        (
            0.39,
            Interval(0.025, -0.2, 0.25),
            "no sign that more help, but 150 eval examples are too few to rule it out.",
        ),
        (0.44, Interval(-0.1, -0.2, 0.0), "more are not likely to help much."),
    ],
)
def test_the_sentence_says_what_the_curve_and_its_interval_allow(loss: float, fall: Interval, said: str) -> None:
    text = sentence(curve((500, 0.4), (1000, loss), fall=fall))
    assert text.startswith("From 500 to 1,000 training examples the eval loss") and text.endswith(said)
    assert f"interval {fall.low:.1%} to {fall.high:.1%})" in text
    assert ("did not fall (a change of +10.0%" if fall.value < 0 else f"fell by {fall.value:.1%} (95%") in text


def test_what_is_asked_of_a_doubling_is_asked_of_each_part_of_a_longer_way() -> None:
    # 8% in two doublings are 4% in each.
    text = sentence(curve((250, 0.4), (1000, 0.368), fall=Interval(0.08, 0.07, 0.09)))
    assert text.endswith("more are not likely to help much.")


def test_sizes_whose_training_diverged_are_passed_over() -> None:
    found = curve((100, None), (500, 0.4), (1000, 0.3), fall=Interval(0.25, 0.2, 0.3))
    assert learning_curve.sizes(found.points) == (SizeLoss(500, 0.1, 0.4), SizeLoss(1000, 0.1, 0.3))
    assert sentence(found).startswith("From 500 to 1,000")
    assert "nothing can be said" in sentence(dataclasses.replace(found, points=found.points[:2]))


def test_the_last_one_of_a_dataset_is_read(tmp_path: Path) -> None:
    home, found = Home(tmp_path, tmp_path), curve((500, 0.4), (1000, 0.3), fall=Interval(0.25, 0.2, 0.3))
    assert learning_curve.read(home, "ships") is None
    file = learning_curve.folder(home, "ships") / learning_curve.FILE
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(found.to_json()))
    assert learning_curve.read(home, "ships") == found
    file.write_text("{")
    with pytest.raises(InputError, match="slipway learning-curve ships"):
        learning_curve.read(home, "ships")
