import logging

import pytest

from components import progress


def test_every_listener_hears_each_line_in_order() -> None:
    first: list[str] = []
    second: list[str] = []
    with progress.listening(first.append):
        progress.report("epoch 1/2")
        with progress.listening(second.append):
            progress.report("epoch 2/2")
    assert first == ["epoch 1/2", "epoch 2/2"]
    assert second == ["epoch 2/2"]


def test_nobody_hears_a_line_after_the_context() -> None:
    heard: list[str] = []
    with progress.listening(heard.append):
        pass
    progress.report("too late")
    assert heard == []


def test_a_listener_is_forgotten_when_the_step_fails() -> None:
    heard: list[str] = []
    with pytest.raises(RuntimeError), progress.listening(heard.append):
        raise RuntimeError
    progress.report("too late")
    assert heard == []


def test_a_line_is_logged_for_a_cluster(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        progress.report("epoch 1/2, eval accuracy 0.95")
    assert "epoch 1/2, eval accuracy 0.95" in caplog.messages


def test_an_amount_is_heard_by_those_who_ask_for_amounts() -> None:
    heard: list[tuple[str, int, int | None]] = []
    with progress.listening(lambda _: None), progress.listening(lambda _: None, lambda *amount: heard.append(amount)):
        progress.amount("ships.csv", 10, 20)
        progress.amount("boats.csv", 5, None)
    progress.amount("ships.csv", 20, 20)
    assert heard == [("ships.csv", 10, 20), ("boats.csv", 5, None)]
