"""Which worker's end is the cause, and what the step fails with."""

import itertools

import pytest

from pipelines.workers.ends import End, WorkersLostError, cause, error_of
from schemas.errors import InputError
from schemas.exit_codes import ExitCode

DONE = End(0, 0)
KILLED = End(1, -9)
NOTICED = End(2, ExitCode.WORKERS_LOST, "failure: UnavailableError: the connection was closed")
WRONG = End(3, 1, "some output\nfailure: ValueError: no\nmore")
MENDABLE = End(4, 2, "failure: column Age is missing")


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([DONE, KILLED, NOTICED], KILLED),
        ([NOTICED, WRONG], WRONG),
        ([KILLED, WRONG, NOTICED], WRONG),  # the others may be killed because of it
        ([DONE, NOTICED], NOTICED),
    ],
)
def test_the_cause_is_found_in_whatever_order_workers_end(ends: list[End], expected: End) -> None:
    for order in itertools.permutations(ends):
        assert cause(order) == expected


@pytest.mark.parametrize(
    ("end", "kind", "words"),
    [
        (KILLED, WorkersLostError, "worker 1 was killed by signal 9;"),
        (End(0, 137, reason="OOMKilled"), WorkersLostError, r"worker 0 was killed by signal 9 \(OOMKilled\);"),
        (NOTICED, WorkersLostError, "worker 2 failed: UnavailableError: the connection was closed;"),
        (WRONG, RuntimeError, "worker 3 failed: ValueError: no$"),
        (MENDABLE, InputError, "^column Age is missing$"),
        (End(1, 2, "usage: worker"), RuntimeError, "worker 1 ended with exit code 2$"),
        (End(1, 1), RuntimeError, "worker 1 ended with exit code 1$"),
    ],
)
def test_the_step_fails_with_the_reason(end: End, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        raise error_of(end)
    assert type(caught.value) is kind
