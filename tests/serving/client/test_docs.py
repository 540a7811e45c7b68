"""Every example of docs/clients.md is run as it stands there, against real models and servers."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.serving.client.real import ROOT, Served

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


CURL_LINES = re.findall(
    r"^\$ (curl localhost:8080/v1/models/(\w+)/predict .*)$", (ROOT / "README.md").read_text(), re.MULTILINE
)


def test_the_readme_predicts_a_passenger_a_digit_and_a_review() -> None:
    assert [name for _, name in CURL_LINES] == ["titanic", "digits", "imdb"]


@pytest.mark.parametrize(
    ("line", "name"), [found for found in CURL_LINES if found[1] != "imdb"]
)  # whose training takes minutes
def test_a_curl_line_of_the_readme(served: Served, line: str, name: str, tmp_path: Path) -> None:
    answer = json.loads(
        run("sh", line.replace("curl", "curl -s").replace("8080", str(served.ports["8080"])), served, tmp_path)
    )
    assert (answer["model"], answer["version"]) == (name, "1.0.0")
    assert answer["output"].keys() == {"class", "confidence"}


def run(language: str, code: str, served: Served, folder: Path) -> str:
    """What the code prints, in the repository's folder."""
    (folder / "main.go").write_text(code)
    commands = {
        "sh": ["sh", "-ec", f'slipway() {{ "{sys.executable}" "{ROOT}/slipway.py" "$@"; }}\n{code}'],
        "python": [sys.executable, "-c", code],
        "javascript": ["node", "--input-type=module", "-e", code],
        "go": ["go", "run", str(folder / "main.go")],
    }
    environment = served.environment | {"GOPROXY": "off", "GOTOOLCHAIN": "local"}  # a snippet needs no network
    done = subprocess.run(commands[language], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout
