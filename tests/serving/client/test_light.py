"""What importing and using a client loads, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HEAVY = ("tensorflow", "numpy", "pyarrow", "pandas", "keras")


def loaded(code: str) -> set[str]:
    """The packages that are loaded after ``code``."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("code", "without"),
    [
        ("import serving.client", ("httpx", "grpc")),
        ("from serving.client import GatewayClient; GatewayClient('http://127.0.0.1:1').close()", ("grpc",)),
        ("from serving.client import ServingClient; ServingClient('127.0.0.1:1', models='.').close()", ("httpx",)),
    ],
)
def test_a_client_loads_no_tensorflow_no_numpy_and_not_the_other_protocol(code: str, without: tuple[str, ...]) -> None:
    found = loaded(code)
    assert "serving" in found
    assert not found & {*HEAVY, *without}


def test_an_unclosed_client_does_not_keep_the_process_from_ending() -> None:
    code = """
from serving.client import *
kept = GatewayClient("http://127.0.0.1:1", timeout=0.2), ServingClient("127.0.0.1:1", models=".", timeout=0.2)
print(*[client.ready() for client in kept])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False False\n", "")


def test_a_client_made_before_a_fork_raises_and_does_not_hang() -> None:
    code = """
import os
from serving.client import *
client = GatewayClient("http://127.0.0.1:1", timeout=0.2)
child = os.fork()
if not child:
    try:
        client.ready()
    except ServingCallError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.stdout == "this client was made before the process forked; make one after it\n", done.stderr
