"""When a call is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.client.attempts import FIRST_PAUSE, LONGEST_PAUSE, Attempts
from serving.client.errors import InvalidInputError, UnavailableError

REFUSED = UnavailableError("refused", may_retry=True)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@given(st.integers(0, 10))
def test_a_call_is_repeated_as_often_as_allowed_and_ever_later(retries: int) -> None:
    attempts = Attempts(retries, 1000, Clock())
    pauses = [attempts.pause(REFUSED) for _ in range(retries)]
    for failed, pause in enumerate(pauses):
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**failed)
        assert longest / 2 <= pause <= longest
    with pytest.raises(UnavailableError, match="refused"):
        attempts.pause(REFUSED)
    assert attempts.made == retries + 1


def test_the_retries_of_two_clients_are_spread_by_jitter() -> None:
    assert len({Attempts(1, 1000, Clock()).pause(REFUSED) for _ in range(20)}) > 15


@given(st.floats(0, 100), st.floats(0.001, 100))
def test_the_pause_is_at_least_retry_after_and_ends_before_the_deadline(retry_after: float, timeout: float) -> None:
    attempts = Attempts(9, timeout, Clock())
    error = UnavailableError("busy", may_retry=True, retry_after=retry_after)
    try:
        assert retry_after <= attempts.pause(error) < timeout
    except UnavailableError:
        assert retry_after + FIRST_PAUSE >= timeout


def test_time_that_passes_counts() -> None:
    clock = Clock()
    attempts = Attempts(9, 10, clock)
    attempts.pause(REFUSED)
    clock.now += 9.99
    assert attempts.remaining() == pytest.approx(0.01)
    with pytest.raises(UnavailableError):
        attempts.pause(REFUSED)
    clock.now += 1
    assert attempts.remaining() == 0


@pytest.mark.parametrize("error", [UnavailableError("503 without Retry-After"), InvalidInputError("no such field")])
def test_what_would_fail_again_is_not_repeated(error: UnavailableError) -> None:
    with pytest.raises(type(error)) as raised:
        Attempts(9, 1000, Clock()).pause(error)
    assert raised.value is error
