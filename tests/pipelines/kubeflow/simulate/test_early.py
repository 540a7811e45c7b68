import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.kubeflow.simulate import early

SCRIPT = (
    "from pipelines.kubeflow.simulate import early\n"
    "early.session.load = lambda: None\n"
    "print('loading', flush=True)\n"
    "early.main()\n"
)


@pytest.fixture
def gated():
    command = [sys.executable, "-c", SCRIPT, "json.tool", "--compact", "-"]
    root = Path(__file__).parents[4]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=root, **pipes) as process:
        assert process.stdout.readline() == "loading\n"
        yield process


def test_a_released_process_runs_the_module_as_python_m_does(gated):
    out, err = gated.communicate("go\n", timeout=30)
    assert gated.returncode == 1 and out == "" and "Expecting value" in err, "its own stdin is empty"


def test_a_discarded_process_ends_without_output(gated):
    assert gated.communicate("", timeout=30) == ("", "") and gated.returncode == 0


def test_only_what_takes_long_to_load_starts_early():
    assert early.command(["python", "-m", "cli.node", "digits"]) == [
        "python", "-m", "pipelines.kubeflow.simulate.early", "cli.node", "digits"]  # fmt: skip
    assert early.command(["python", "-m", "json.tool", "x"]) is None
    assert early.command(["echo"]) is None
