import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from studio.jobs import process
from studio.jobs.process import Process
from tests.studio.process import eventually

# A command with a worker of its own that survives it and takes memory.
PROGRAM = """
import subprocess, sys, time
worker = "import time; taken = bytearray(150_000_000); print('worker', flush=True); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", worker])
print("started", flush=True)
try:
    time.sleep(600)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Process]:
    variables = os.environ | {process.VARIABLE: "this job"}
    child = Process.start([sys.executable, "-c", PROGRAM], variables, tmp_path / "out", tmp_path / "err")
    eventually(lambda: "worker" in (tmp_path / "out").read_text())
    yield child
    child.kill()
    child.poll()


def session(pid: int) -> list[int]:
    return [one.pid for one in psutil.process_iter() if _session_of(one.pid) == pid and one.status() != "zombie"]


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def test_its_memory_is_that_of_all_that_it_started(child: Process) -> None:
    own = psutil.Process(child.pid).memory_info().rss / 1e6
    assert child.memory_mb() > own + 150


def test_it_is_apart_from_this_process(child: Process) -> None:
    assert os.getpgid(child.pid) == os.getsid(child.pid) == child.pid != os.getpgid(0)


def test_an_interrupt_ends_it_in_good_order_and_the_rest_is_swept_up(child: Process, tmp_path: Path) -> None:
    child.interrupt()
    eventually(lambda: not child.poll())
    assert "stopped" in (tmp_path / "out").read_text()
    child.kill_rest()
    eventually(lambda: not session(child.pid))


def test_a_kill_ends_all_of_it(child: Process) -> None:
    assert len(session(child.pid)) == 2
    child.kill()
    eventually(lambda: not child.poll() and not session(child.pid))
    assert child.exit_code == -signal.SIGKILL


def test_it_is_found_by_its_variable_and_not_by_its_number_alone(child: Process) -> None:
    for pid in (child.pid, None):
        found = Process.find("this job", pid)
        assert found is not None and found.pid == child.pid and found.poll()
    assert Process.find("another job", child.pid) is None
    assert Process.find("this job", os.getpid()) is None  # the number is another process's by now
    child.kill()
    eventually(lambda: not child.poll())
    assert Process.find("this job", child.pid) is None


def test_a_process_that_another_server_started_is_watched_to_its_end(tmp_path: Path) -> None:
    # Started by a process that ends at once, as by a server that is killed.
    end = tmp_path / "end"
    waiting = f"import os, time\nwhile not os.path.exists({str(end)!r}): time.sleep(0.05)"
    program = (
        "import os, sys; from pathlib import Path; from studio.jobs.process import Process;"
        "variables = os.environ | {'SLIPWAY_STUDIO_JOB': 'orphan'};"
        f"command = [sys.executable, '-c', {waiting!r}];"
        f"files = [Path({str(tmp_path / 'out')!r}), Path({str(tmp_path / 'err')!r})];"
        "print(Process.start(command, variables, *files).pid)"
    )
    pid = int(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)
    found = Process.find("orphan", pid)
    assert found is not None and found.poll()
    end.touch()
    eventually(lambda: not found.poll())
    assert found.exit_code is None
