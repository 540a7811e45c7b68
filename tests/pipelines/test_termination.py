"""SIGTERM at the two moments that matter: while a node's executor runs, and while its outputs are being published."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.execution import metadata_store

# Stops at the named moment, says so, and goes on when a line comes.
_STOPPED_POD = """
import os
import sys
from cli import node

def stop():
    print("stopped", flush=True, file=answers)
    sys.stdin.readline()

def while_it_runs(launcher, info):
    result = run(launcher, info)
    stop()
    return result

def while_it_is_published(**named):
    result = publish(**named)
    stop()
    return result

from tfx.orchestration.portable import execution_publish_utils, launcher
answers = os.fdopen(os.dup(1), "w")
run, publish = launcher.Launcher._run_executor, execution_publish_utils.publish_succeeded_execution
if sys.argv.pop(1) == "running":
    launcher.Launcher._run_executor = while_it_runs
else:
    launcher.execution_publish_utils.publish_succeeded_execution = while_it_is_published
arguments = sys.argv[1:]
del sys.argv[1:]
node.termination.end(node.main(arguments))
"""


@pytest.mark.parametrize(
    ("moment", "state", "said"),
    [
        ("running", "FAILED", "ExampleGen is marked as failed"),
        ("publishing", "COMPLETE", "after ExampleGen, which is done"),
    ],
)
def test_a_signal_leaves_what_is_published_and_nothing_else(tmp_path: Path, moment: str, state: str, said: str) -> None:
    command = [sys.executable, "-c", _STOPPED_POD, moment, "digits", "--node", "ExampleGen", "--run-id", "run"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SLIPWAY_")}
    pod = subprocess.Popen(
        command,
        env=environment | {"SLIPWAY_HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    stale = tmp_path / "pipelines" / "digits" / "ExampleGen" / "examples" / "1" / "of a store that was lost"
    stale.mkdir(parents=True)
    try:
        assert pod.stdout is not None and pod.stdin is not None
        assert pod.stdout.readline() == "stopped\n"
        pod.send_signal(signal.SIGTERM)
        if moment == "publishing":
            with pytest.raises(subprocess.TimeoutExpired):
                pod.wait(1)  # the signal waits for the end of the writing
        _, errors = pod.communicate("\n", timeout=120)
    finally:
        pod.kill()
        pod.wait()
    assert pod.returncode == 143
    assert said in errors
    store = metadata_store.connect(metadata_store.of_file(tmp_path / "metadata.db"))
    (execution,) = store.get_executions()
    assert type(execution).State.Name(execution.last_known_state) == state
    assert not stale.exists()
    outputs = [path.name for path in tmp_path.glob("pipelines/digits/ExampleGen/examples/*")]
    assert outputs == ([str(execution.id)] if state == "COMPLETE" else [])
    assert len(store.get_artifacts()) == len(outputs)


def test_what_was_started_elsewhere_is_ended_first_and_a_signal_is_answered_once() -> None:
    script = """
import os, signal, sys, time
from pipelines import termination
def broken():
    print("broken", flush=True)
    raise ValueError
def slow():
    print("slow", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.5)
    print("ended", flush=True)
termination.at_signal(slow)
with termination.also(lambda: print("gone", flush=True)):
    pass
with termination.also(lambda: print("outer", flush=True)), termination.also(broken):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.2)
    termination.end(1)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 143
    assert ended.stdout.split() == ["broken", "outer", "slow", "ended"]
