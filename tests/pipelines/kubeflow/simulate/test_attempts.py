import asyncio
import os
import sys
import time

import pytest

from pipelines.kubeflow.simulate import attempts
from pipelines.kubeflow.simulate.attempts import Kill, Running
from schemas.errors import InputError


async def to_the_end(command, environment, folder, log, listener, kill=None, deadline=None):
    running = await Running.start(command, environment, folder, log)
    return await running.end(listener, kill, deadline)


def run(tmp_path, code, kill=None, deadline=None, environment=None, listener=None):
    log = tmp_path / "log"
    command = [sys.executable, "-u", "-c", code]
    kill = None if kill is None else Kill.parse(f"only:{kill}", ["only"])
    listener = listener or (lambda line: None)
    ended = asyncio.run(to_the_end(command, environment or dict(os.environ), tmp_path, log, listener, kill, deadline))
    return ended, log.read_bytes().decode()


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{process}/stat") as file:
        return file.read().split()[2] != "Z"


def gone(process):
    deadline = time.monotonic() + 20
    while alive(process):
        assert time.monotonic() < deadline, "the process still runs"
        time.sleep(0.02)
    return True


def test_output_and_exit_code(tmp_path):
    seen = []
    ended, log = run(
        tmp_path, "import sys; print('a\\rb'); print('c', file=sys.stderr); sys.exit(3)", listener=seen.append
    )
    assert (ended.code, ended.killed) == (3, False) and ended.reason.startswith("exit code 3")
    assert log == "a\rb\nc\n" and seen == ["a", "b", "c"]


def test_success_has_no_reason(tmp_path):
    assert run(tmp_path, "print('x', end='')") == (attempts.Ended(0, "", False), "x")


def test_only_the_given_environment_and_no_input(tmp_path):
    code = "import os, sys; print(sorted(k for k in os.environ if k != 'LC_CTYPE'), repr(sys.stdin.read()))"
    assert run(tmp_path, code, environment={"A": "b"})[1] == "['A'] ''\n"


def test_long_lines_and_much_output(tmp_path):
    ended, log = run(tmp_path, "print('x' * 3_000_000); print('end')")
    assert not ended.reason and len(log) == 3_000_005


@pytest.mark.parametrize("kill", ["", "ready", "re.dy+0.01s", "0.05s"])
def test_a_kill(tmp_path, kill):
    ended, _ = run(tmp_path, "import time; print('ready'); time.sleep(99)", kill)
    assert (ended.code, ended.killed) == (-9, True) and "killed on purpose" in ended.reason


def test_a_kill_takes_all_processes_of_the_pod(tmp_path):
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '99']).pid); print('ready'); time.sleep(99)"
    ended, log = run(tmp_path, code, "ready")
    assert ended.killed and gone(int(log.split()[0]))


def test_the_end_of_the_first_process_ends_the_pod(tmp_path):
    begun = time.monotonic()
    ended, log = run(tmp_path, "import subprocess; print(subprocess.Popen(['sleep', '99']).pid)")
    assert not ended.reason and gone(int(log)) and time.monotonic() - begun < 60


def test_a_process_that_ends_before_its_kill(tmp_path):
    ended, _ = run(tmp_path, "print('other')", "never")
    assert ended == attempts.Ended(0, "", False)


def test_a_deadline_sends_sigterm_first(tmp_path):
    code = "import signal, sys, time; signal.signal(15, lambda *_: (print('asked'), sys.exit(0))); print('on'); time.sleep(99)"
    ended, log = run(tmp_path, code, deadline=1.5)
    assert ended.reason == "ran longer than 1.5 s" and log == "on\nasked\n"


def test_a_deadline_then_kills(tmp_path, monkeypatch):
    monkeypatch.setattr(attempts, "GRACE_SECONDS", 0.2)
    ended, _ = run(
        tmp_path, "import signal, time; signal.signal(15, signal.SIG_IGN); print(1); time.sleep(99)", deadline=1.5
    )
    assert ended.code == -9 and "longer than" in ended.reason


def test_a_command_that_is_not_there(tmp_path):
    ended = asyncio.run(to_the_end(["no-such-command"], {}, tmp_path, tmp_path / "log", print))
    assert ended.code == attempts.NOT_STARTED and ended.reason and "no-such-command" in (tmp_path / "log").read_text()


def test_cancelled_it_ends_the_process(tmp_path):
    seen = []

    async def cancelled():
        command = [sys.executable, "-u", "-c", "import os, time; print(os.getpid()); time.sleep(99)"]
        running = asyncio.create_task(to_the_end(command, dict(os.environ), tmp_path, tmp_path / "log", seen.append))
        while not seen:
            await asyncio.sleep(0.01)
        running.cancel()
        await running

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert gone(int(seen[0]))


@pytest.mark.parametrize(
    ("text", "line", "after"),
    [
        ("a", "", 0.0),
        ("a:", "", 0.0),
        ("a:5s", None, 5.0),
        ("a:0.5s", None, 0.5),
        ("a:x+2s", "x", 2.0),
        ("a:one: two", "one: two", 0.0),
        ("a:5 s", "5 s", 0.0),
    ],
)
def test_when_to_kill(text, line, after):
    found = Kill.parse(text, ["a", "b"])
    assert (found.task, found.line.pattern if found.line else None, found.after) == ("a", line, after)


@pytest.mark.parametrize(
    ("text", "expected"), [("c:x", "no task 'c'; the pipeline has a, b"), ("a:[", "not a regular")]
)
def test_a_kill_that_cannot_be(text, expected):
    with pytest.raises(InputError, match=expected):
        Kill.parse(text, ["a", "b"])
