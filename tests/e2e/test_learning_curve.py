"""`slipway learning-curve` as it is typed, on digits; then what the report of a run says of it."""

import json
from pathlib import Path

from analysis.learning_curve import LearningCurve
from tests.e2e.command import Slipway

QUICK = ("--set", "epochs=4", "--set", "ensemble=1")


def test_a_learning_curve_is_told_written_and_shown_in_the_report(slipway: Slipway) -> None:
    assert "0.1,0.25,0.5,1" in slipway.refused("learning-curve", "digits", "--sizes", "2")
    out, err = slipway("learning-curve", "digits", *QUICK, "--sizes", "0.5")
    file = slipway.home / "reports" / "digits" / "learning_curve" / "result.json"
    found = LearningCurve.from_json(json.loads(file.read_text()))
    small, whole = found.points
    assert err.count("Size ") == 2 and f"eval loss {small.eval:.4g}, {small.examples} examples" in err
    assert f"From {small.examples:,} to {whole.examples:,} training examples the eval loss fell by" in out
    assert f"{whole.metric.value:.4f}" in out and found.fit.sentence in out and found.figure in out
    assert abs(whole.examples - 2 * small.examples) <= 10
    assert whole.eval < small.eval and whole.metric.value > 0.8 > found.naive

    report = Path(slipway.json("run", "digits", *QUICK)["report"])
    page = report.read_text(encoding="utf-8")
    assert f"From {small.examples:,} to {whole.examples:,} training examples" in page
    assert "It was measured with" not in page
    assert (report.parent / "figures" / "size_loss.png").is_file()
