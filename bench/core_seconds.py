"""What tests cost: seconds of processors, of this process and of those that it started, by file and by test.

    python -m pytest -p bench.core_seconds tests/e2e

Unlike the seconds of a clock, these hardly change where other work shares the machine. ``idle`` are seconds of the clock in
which no process of the test could run: what it waited for.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

SAMPLED = 0.25  # seconds
SHOWN = 25
Costs = dict[str, "list[float]"]

_idle = 0.0
_by_test: Costs = defaultdict(lambda: [0.0, 0.0, 0.0])


def _processes() -> list[psutil.Process]:
    own = psutil.Process()
    return [own, *own.children(recursive=True)]


def _processor_seconds() -> float:
    """Those of the processes that are there, and of their children that have ended."""
    found = 0.0
    for process in _processes():
        try:
            found += sum(process.cpu_times()[:4])  # of user and system, and the same of children
        except psutil.Error:
            continue
    return found


def _can_run() -> bool:
    """Whether a thread, but for the one that asks, has a processor or waits for one or for a disk."""
    for process in _processes():
        for thread in Path(f"/proc/{process.pid}/task").glob("*"):
            try:
                state = (thread / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if state in "RD" and int(thread.name) != threading.get_native_id():
                return True
    return False


def _watch() -> None:
    global _idle
    while True:
        begun = time.monotonic()
        time.sleep(SAMPLED)
        if not _can_run():
            _idle += time.monotonic() - begun


def pytest_sessionstart() -> None:
    threading.Thread(target=_watch, daemon=True).start()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Fixtures count for the test that asks for them first."""
    before = (_processor_seconds(), time.monotonic(), _idle)
    yield
    after = (_processor_seconds(), time.monotonic(), _idle)
    _by_test[item.nodeid] = [end - begin for begin, end in zip(before, after, strict=True)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    by_file: Costs = defaultdict(lambda: [0.0, 0.0, 0.0])
    for test, costs in _by_test.items():
        file = test.partition("::")[0]
        by_file[file] = [sum(pair) for pair in zip(by_file[file], costs, strict=True)]
    total = {"all tests": [sum(costs) for costs in zip(*by_file.values(), strict=True)]} if by_file else {}
    for what, costs in (("file", total | by_file), ("test", _by_test)):
        terminalreporter.section(f"processor, clock and idle seconds by {what}")
        for name, numbers in sorted(costs.items(), key=lambda entry: -entry[1][0] - entry[1][2])[:SHOWN]:
            terminalreporter.write_line("".join(f"{number:9.1f}" for number in numbers) + f"  {name}")
