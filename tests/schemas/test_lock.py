import fcntl
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.lock import only_one

HOLDER = """
import sys
from pathlib import Path
from schemas.lock import only_one

with only_one(Path(sys.argv[1]), lambda process: print("waiting for", process, flush=True)):
    print("held", flush=True)
    sys.stdin.readline()
print("done", flush=True)
"""
SECONDS = 30  # a bound for a slow machine; the tests do not wait for it

Process = subprocess.Popen[str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".lock"


@pytest.fixture
def start(file: Path) -> Iterator[Callable[[], Process]]:
    """Starts a process that takes the lock, and lets it go when a line is written to it."""
    started: list[Process] = []

    def start() -> Process:
        command = [sys.executable, "-u", "-c", HOLDER, str(file)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def line(process: Process, seconds: float = SECONDS) -> str | None:
    """The next line that the process prints, None if it prints none in time."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    return process.stdout.readline().strip() if ready else None


def let_go(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")


def unexpected(process: str) -> None:
    raise AssertionError(f"waited for {process}, though the lock is free")


def test_the_second_process_waits_and_is_told_the_first_s_id(start: Callable[[], Process]) -> None:
    first = start()
    assert line(first) == "held"
    second = start()
    assert line(second) == f"waiting for {first.pid}"
    assert line(second, 0.3) is None
    let_go(first)
    assert line(first) == "done"
    assert line(second) == "held"


def test_the_one_that_waited_is_named_to_the_next(start: Callable[[], Process]) -> None:
    first = start()
    assert line(first) == "held"
    second = start()
    assert line(second) == f"waiting for {first.pid}"
    let_go(first)
    assert line(second) == "held"
    third = start()
    assert line(third) == f"waiting for {second.pid}"


def test_the_lock_of_a_killed_process_is_free(start: Callable[[], Process], file: Path) -> None:
    holder = start()
    assert line(holder) == "held"
    waiter = start()
    assert line(waiter) == f"waiting for {holder.pid}"
    holder.kill()
    assert line(waiter) == "held"
    waiter.kill()
    waiter.wait(SECONDS)
    with only_one(file, unexpected):
        assert file.read_text() == str(os.getpid())


def test_the_lock_is_free_after_the_context_however_it_ends(file: Path) -> None:
    with pytest.raises(RuntimeError), only_one(file, unexpected):
        raise RuntimeError
    with only_one(file, unexpected):
        pass


def test_another_dataset_s_lock_is_another(start: Callable[[], Process], tmp_path: Path) -> None:
    holder = start()
    assert line(holder) == "held"
    with only_one(tmp_path / ".other", unexpected):
        pass


def test_an_id_that_is_written_a_moment_later_is_waited_for(start: Callable[[], Process], file: Path) -> None:
    with file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = start()
        assert line(second, 0.5) is None
        held.write("12345")
        held.flush()
        assert line(second) == "waiting for 12345"
    assert line(second) == "held"
