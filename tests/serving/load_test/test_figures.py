"""Rates and percentiles, against counting by hand; and the search for the knee, against servers of known capacity."""

import asyncio
import dataclasses
import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.load_test import sweep as sweeping
from serving.load_test.figures import Figures, Numbers, Spread, figures
from serving.load_test.open_loop import NOT_SENT, Outcome, Plan
from serving.load_test.sweep import Limits, Sweep, sweep

LIMITS = Limits(p99_ms=100.0, requests=10**9, seconds=600.0)


def outcome(rate: float, latency: list[float], errors: list[str | None], lag: float = 0.0) -> Outcome:
    due = array("d", (index / rate for index in range(len(latency))))
    plan = Plan(rate, len(latency) / rate, 10, 1.0)
    return Outcome(plan, due, array("d", [lag] * len(latency)), array("d", latency), errors, {}, 1e-4)


@given(st.lists(st.floats(1e-6, 10), min_size=1, max_size=300))
def test_percentiles_are_those_of_the_nearest_rank(seconds: list[float]) -> None:
    found, ordered = Spread.of(_numbers(seconds)), sorted(seconds)
    for share, value in ((0.5, found.p50), (0.95, found.p95), (0.99, found.p99), (1.0, found.max)):
        assert value == pytest.approx(ordered[math.ceil(share * len(ordered)) - 1] * 1e3, abs=1e-3)


def _numbers(seconds: list[float]) -> Numbers:
    import numpy as np

    return np.asarray(seconds)


def test_errors_do_not_count_as_answers_or_latencies() -> None:
    found = figures(outcome(10.0, [0.01, 0.02, 0.5, 0.0], [None, None, "UNAVAILABLE", NOT_SENT], lag=0.005))
    assert (found.requests, found.answered) == (4, 2)
    assert found.errors == {"UNAVAILABLE": 1, NOT_SENT: 1}
    assert found.latency == Spread(10.0, 20.0, 20.0, 20.0) and found.latency_from_send.max == 15.0
    assert found.refusals.max == 500.0 and found.refusals_from_send.max == 495.0
    assert found.achieved == pytest.approx(2 / 0.4)
    assert found.processor_us == 100.0


def test_answers_that_come_late_lower_the_achieved_rate() -> None:
    found = figures(outcome(100.0, [0.01] * 99 + [1.0], [None] * 100))
    assert found.achieved == pytest.approx(100 / 1.99, rel=1e-3)
    assert not found.sustained(10_000)


def test_a_rate_is_sustained_only_in_time() -> None:
    found = figures(outcome(100.0, [0.05] * 1000, [None] * 1000))
    assert found.sustained(60) and not found.sustained(40)


def test_a_server_that_refuses_a_few_in_a_hundred_does_not_sustain_the_rate() -> None:
    for errors, sustained in ((5, True), (20, False)):
        found = figures(outcome(100.0, [0.001] * 1000, ["UNAVAILABLE"] * errors + [None] * (1000 - errors)))
        assert found.sustained(100) is sustained


def test_windows_show_when_it_was_slow() -> None:
    latency = [0.001] * 300 + [0.2] * 100 + [0.001] * 600
    found = figures(outcome(100.0, latency, [None] * 1000))
    slow = [window["at"] for window in found.windows if window["p50"] == 200.0]
    assert slow and all(at is not None and 3 <= at <= 4 for at in slow)
    assert sum(
        (window["achieved"] or 0) * found.duration / len(found.windows) for window in found.windows
    ) == pytest.approx(1000)


def of_capacity(capacity: float, rate: float) -> Figures:
    good = rate <= capacity
    made = figures(outcome(rate, [1e-6] * 100, [None if good or index % 2 else "UNAVAILABLE" for index in range(100)]))
    return dataclasses.replace(made, duration=1.0)


def knee_of(capacity: float, first: float, limits: Limits = LIMITS, flukes: int = 0) -> Sweep:
    failures = iter(range(flukes))

    async def measure(rate: float) -> Figures:
        fluke = next(failures, None) is not None
        return of_capacity(0.0 if fluke else capacity, rate)

    return asyncio.run(sweep(measure, first, limits))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(sweeping, "_RECOVERY_SECONDS", 0)


@pytest.mark.parametrize("capacity", [3.0, 95.0, 100.0, 101.0, 1234.5, 99_999.0])
@pytest.mark.parametrize("first", [1.0, 100.0, 5000.0])
def test_the_knee_is_found_to_a_tenth(capacity: float, first: float) -> None:
    found = knee_of(capacity, first)
    assert found.knee is not None and found.note is None
    assert capacity / 1.1 <= found.knee.offered <= capacity


def test_one_pause_of_the_machine_is_no_knee() -> None:
    found = knee_of(1000.0, 100.0, flukes=1)
    assert found.knee is not None and found.knee.offered > 900
    assert [step.offered for step in found.steps[:2]] == [100.0, 100.0]


def test_a_server_that_sustains_nothing_has_no_knee() -> None:
    found = knee_of(0.1, 100.0)
    assert found.knee is None and found.note is not None and "not even" in found.note


def test_a_sweep_ends_at_its_limits_with_a_note() -> None:
    found = knee_of(1e9, 100.0, Limits(100.0, 1000, 600.0))
    assert found.knee is not None and sum(step.requests for step in found.steps) <= 1000
    assert found.note is not None and "--max-requests" in found.note
    found = knee_of(1e9, 100.0, Limits(100.0, 10**9, 0.0))
    assert found.note is not None and "seconds have passed" in found.note


def test_a_knee_set_by_the_generator_has_a_note() -> None:
    async def measure(rate: float) -> Figures:
        made = of_capacity(1000.0, rate)
        return made if rate <= 1000 else dataclasses.replace(made, behind=Spread(50.0, 60.0, 70.0, 80.0))

    found = asyncio.run(sweep(measure, 100.0, LIMITS))
    assert found.knee is not None and found.note is not None and "the server may sustain more" in found.note
