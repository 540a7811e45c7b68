"""Every example of docs/clients.md is run as it stands there, against real models and servers."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving.client import GatewayClient
from tests.serving.client.servers import free_port

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "clients.md"
_EXAMPLE = re.compile(r"^```(\w+)\n(.*?)^```\n```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What may differ from training to training: confidences, integer versions, and which classes come after the first.
_DIFFERS = re.compile(r"\([^)\n]*\)|\d+(\.\d+)?e-?\d+|\d+\.\d+|\d{5,}")


@dataclass(frozen=True)
class Example:
    """A runnable block of the page: its language, its text, and the output that the page shows."""

    language: str
    code: str
    shown: str


EXAMPLES = [Example(*found) for found in _EXAMPLE.findall(PAGE.read_text())]
TOOLS = {"sh": "curl", "javascript": "node", "go": "go", "python": sys.executable}


@dataclass(frozen=True)
class Served:
    """Where the model server and the gateway listen, and what they read."""

    home: Path
    ports: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Served]:
    """Two trained models, behind `slipway serve` and `slipway gateway`."""
    home = tmp_path_factory.mktemp("docs") / "home"
    environment = os.environ | {"SLIPWAY_HOME": str(home), "SLIPWAY_DATA": str(data)}
    slipway = [sys.executable, str(ROOT / "slipway.py")]
    for arguments in (["digits"], ["titanic", "--set", "ensemble=1"]):
        subprocess.run([*slipway, "run", *arguments], env=environment, check=True, capture_output=True)
    ports = {port: str(free_port()) for port in ("8500", "8501", "8080")}
    serve = [*slipway, "serve", "--grpc-port", ports["8500"], "--rest-port", ports["8501"]]
    gateway = [*slipway, "gateway", "--port", ports["8080"], "--upstream", f"127.0.0.1:{ports['8500']}"]
    started = []
    try:
        for command in (serve, gateway):
            process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            started.append(process)
        wait_until_ready(f"http://127.0.0.1:{ports['8080']}")
        yield Served(home, ports)
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            process.communicate(timeout=60)


def wait_until_ready(url: str) -> None:
    with GatewayClient(url) as client:
        for _ in range(600):
            if client.ready(timeout=1):
                return
            time.sleep(0.1)
    raise AssertionError(f"{url} is not ready after a minute")


def test_the_page_has_examples_for_each_language() -> None:
    assert {example.language for example in EXAMPLES} == set(TOOLS)
    fences = re.findall(r"^```(\w+)$", PAGE.read_text(), re.MULTILINE)
    assert len([language for language in fences if language in TOOLS]) == len(EXAMPLES)  # each shows its output


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.language}{EXAMPLES.index(example)}")
def test_an_example_of_the_page(served: Served, example: Example, tmp_path: Path) -> None:
    if not shutil.which(TOOLS[example.language]):
        pytest.skip(f"no {TOOLS[example.language]} here")
    code = example.code.replace(".slipway/models", str(served.home / "models"))
    for port, real in served.ports.items():
        code = code.replace(f"127.0.0.1:{port}", f"127.0.0.1:{real}")
    out = run(example.language, code, served, tmp_path)
    assert _DIFFERS.sub("#", out) == _DIFFERS.sub("#", example.shown), out


def run(language: str, code: str, served: Served, folder: Path) -> str:
    """What the code prints, in the repository's folder."""
    (folder / "main.go").write_text(code)
    commands = {
        "sh": ["sh", "-ec", f'slipway() {{ "{sys.executable}" "{ROOT}/slipway.py" "$@"; }}\n{code}'],
        "python": [sys.executable, "-c", code],
        "javascript": ["node", "--input-type=module", "-e", code],
        "go": ["go", "run", str(folder / "main.go")],
    }
    environment = os.environ | {"SLIPWAY_HOME": str(served.home), "GOPROXY": "off", "GOTOOLCHAIN": "local"}
    done = subprocess.run(commands[language], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout
