import io
import time

import pytest
from rich.console import Console

from cli import console
from cli.console import Amounts, StepDisplay, show_result
from schemas.events import Bytes, EpochEnded, Event, Note, StepFailed, StepFinished, StepStarted, Waiting
from schemas.records import CasesReport, Check, RunResult


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, as its only item."""
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def test_a_log_gets_a_line_every_few_seconds_and_at_the_end(clock: list[float]) -> None:
    out = io.StringIO()
    amounts = Amounts(Console(file=out))
    for done in range(0, 12_000_001, 1_000_000):
        amounts.show("ships.csv", done, 12_000_000)
        clock[0] += 1
    amounts.stop()
    assert out.getvalue().splitlines() == [f"   ships.csv: {done}.0 of 12.0 MB" for done in (0, 5, 10, 12)]


def test_an_unknown_size_is_left_out(clock: list[float]) -> None:
    out = io.StringIO()
    Amounts(Console(file=out)).show("[ships].csv", 1_500_000, None)
    assert out.getvalue() == "   [ships].csv: 1.5 MB\n"


def test_a_terminal_gets_a_bar_for_each_file() -> None:
    out = io.StringIO()
    amounts = Amounts(Console(file=out, force_terminal=True, width=100))
    amounts.show("ships.csv", 1_000_000, 2_000_000)
    amounts.show("[boats].csv", 5_000_000, 5_000_000)
    amounts.stop()
    last = out.getvalue()
    assert "ships.csv" in last and "1.0/2.0 MB" in last
    assert "[boats].csv" in last and "5.0/5.0 MB" in last


def test_the_result_says_what_was_left_out_and_how_many_rows_were_read() -> None:
    out = io.StringIO()
    show_result(result("rmsle"), Console(file=out, width=100), "slipway")
    lines = out.getvalue().splitlines()
    assert "trained and judged on at most 400 rows (--limit)" in lines
    assert "left out: race. It is no business of ours. Take it in with --include race." in lines
    assert " ✗ rmsle 0.5000, naive baseline 0.4000: failed by 0.1000" in lines
    assert "not blessed: nothing was pushed; what was pushed before stays" in lines


@pytest.mark.parametrize("name", ["weight [kg].rmse", "[/b].auc"])
def test_a_label_in_the_name_of_a_metric_is_no_style(name: str) -> None:
    out = io.StringIO()
    show_result(result(name), Console(file=out, width=100), "slipway")
    lines = out.getvalue().splitlines()
    assert any(line.startswith(f"  {name} ") for line in lines), lines
    assert any(line.startswith(f" ✗ {name} ") for line in lines)


def result(metric: str) -> RunResult:
    """Of a model that was refused by its only check."""
    return RunResult(
        dataset="ships", run_id="1", repeated=False, examples=40, split="test", limit=400, blessed=False, version=None,
        serving_version=None, pushed_to=None, excluded={"race": "It is no business of ours."}, metrics={metric: 0.5},
        naive={metric: 0.4}, baseline=None, baseline_note="no model was blessed before", worst_slice=None, slices=(),
        seconds={"total": 1.0}, cached=(), log="", cases=CasesReport.of(()),
        checks=(Check("naive baseline", metric, 0.5, 0.4, -0.1, False),),
    )  # fmt: skip


_EPOCH = EpochEnded(1, 3, {"loss": 0.5}, {"loss": 0.25})


def shown(*published: Event, terminal: bool = False) -> str:
    """What the display writes."""
    out = io.StringIO()
    display = StepDisplay(Console(file=out, force_terminal=terminal, width=100))
    for event in published:
        display.show(event)
    time.sleep(0.3 * terminal)  # it is drawn eight times a second
    display.close()
    return out.getvalue()


def test_a_log_gets_a_line_for_each_finished_step_and_each_note() -> None:
    lines = shown(
        Waiting("run", "another run of ships is going on (process 7); waiting for it to end"),
        Bytes("ships.csv", 1_000_000, 2_000_000),
        StepStarted("Trainer"),
        Note("training on [2] CPUs"),
        StepFinished("Trainer", 12.34, False),
        StepStarted("Pusher"),
        Waiting("push", "another run is pushing"),
        StepFinished("Pusher", 0, True),
    ).splitlines()
    assert [" ".join(line.split()) for line in lines[:4]] == [
        "another run of ships is going on (process 7); waiting for it to end",
        "ships.csv: 1.0 of 2.0 MB",
        "training on [2] CPUs",
        "✓ Trainer 12.3 s train the model, keep the best weights",
    ]
    assert lines[4] == "   another run is pushing"
    assert lines[5].startswith(" • Pusher             cached   ")


def test_a_log_gets_no_line_for_an_epoch_and_one_for_a_note_that_begins_like_one() -> None:
    assert shown(StepStarted("Trainer"), _EPOCH) == ""
    assert shown(StepStarted("Trainer"), Note("epochs are long here")) == "   epochs are long here\n"


def test_a_terminal_shows_the_last_epoch_beside_the_running_step() -> None:
    assert "epoch 1/3: eval loss 0.25, loss 0.5" in shown(StepStarted("Trainer"), _EPOCH, terminal=True)


def test_a_cluster_s_failed_task_is_said_and_its_spinner_goes_to_one_that_runs() -> None:
    started = StepStarted("Cases"), StepStarted("Evaluator")
    failed = StepFailed("Evaluator", "failed")
    assert shown(*started, failed) == "   Evaluator: failed\n"
    assert shown(StepStarted("Trainer"), StepFailed("Trainer")) == ""  # the run's own error says more
    assert "asking again" in shown(*started, failed, Note("asking again"), terminal=True)


def test_a_step_after_a_download_has_the_terminal_to_itself() -> None:
    text = shown(Bytes("ships.csv", 1, 2), StepStarted("Trainer"), StepFinished("Trainer", 1, False), terminal=True)
    assert "ships.csv" in text and "1.0 s" in text
